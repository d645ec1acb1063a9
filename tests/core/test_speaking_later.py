"""What is silenced, put off or gives way holds up nobody else, and has its turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.budgets import NO_LIMITS, Limits
from core.chat import Manner
from core.ids import ChatId
from core.speaking_lane import Waiting
from tests.core.speech import NOTICE, Speech, speech_board


@pytest.fixture
def speech() -> Speech:
    return Speech()


def test_silence_holds_for_one_chat_only(speech: Speech) -> None:
    speech.plan.silence(ChatId("g1"), 0, 30)
    silent, other = speech.waits("g1"), speech.waits("g2")
    speech.run()
    assert speech.when(other) == 0
    assert speech.when(silent) >= 30


def test_a_pause_holds_for_all(speech: Speech) -> None:
    one, toast = speech.waits("g1"), speech.waits("g1", manner=Manner.TOAST)
    speech.plan.pause(10)
    assert speech.step() == []
    assert speech.plan.wakes_s(0) == 10
    speech.run()
    assert speech.when(one) == speech.when(toast) == 10


def test_what_was_put_off_holds_up_its_chat_and_no_other() -> None:
    speech = Speech(Limits(chat_per_s=1, group_per_min=20))
    put_off, behind, other = speech.waits("g1"), speech.waits("g1"), speech.waits("g2")
    (pick, _) = speech.plan.next(0, 64)
    speech.plan.settled(pick, 0)
    speech.plan.add([replace(put_off, due_s=8)], 0)
    speech.plan.settled([other], 0)
    speech.run()
    assert next(at_s for at_s, _ in speech.said) == 8
    assert speech.order() == [put_off.id, behind.id]


def test_a_notice_overtakes_what_was_put_off(speech: Speech) -> None:
    put_off = speech.waits("g1")
    (pick,) = speech.plan.next(0, 64)
    speech.plan.settled(pick, 0)
    speech.plan.add([replace(put_off, due_s=100)], 0)
    notice = speech.waits("g1", NOTICE)
    speech.run()
    assert speech.order() == [notice.id, put_off.id]


def test_a_chat_that_is_gone_says_nothing(speech: Speech) -> None:
    speech.waits("g1")
    speech.plan.forget(ChatId("g1"))
    assert speech.step() == []
    assert len(speech.plan) == 0


def test_what_was_put_off_and_told_anew_holds_nobody_up() -> None:
    speech = Speech(NO_LIMITS)
    put_off = replace(speech.waits("p1"), due_s=3600.0)
    speech.run()
    speech.plan.add([put_off], speech.now_s)
    behind = speech.waits("p1")
    assert speech.plan.put_off([ChatId("p1"), ChatId("p2")], speech.now_s) == [put_off]
    again = replace(put_off, id=91, due_s=speech.now_s)
    speech.plan.drop([put_off], speech.now_s)
    speech.plan.add([again], speech.now_s)
    speech.run()
    assert speech.order()[-2:] == [behind.id, again.id]
    assert speech.now_s == 0.0
    assert len(speech.plan) == 0


def put_off(speech: Speech, one: Waiting, seconds: float) -> Waiting:
    """Its call failed: it waits again, and lets others go before it."""
    later = replace(one, due_s=speech.now_s + seconds, gives_way=True)
    speech.plan.add([later], speech.now_s)
    return later


def test_what_gives_way_holds_up_nobody_and_has_its_turn_when_it_is_due(speech: Speech) -> None:
    first = speech.waits("p1")
    (tried,) = speech.plan.next(0.0, 1)
    speech.plan.settled(tried, 0.0)
    late = put_off(speech, first, 30)
    others = [speech.waits("p1") for _ in range(3)]
    speech.run()
    assert speech.order() == [*(one.id for one in others), late.id]
    assert speech.when(late) == 30
    assert max(speech.when(one) for one in others) <= 4


def test_a_newer_state_of_a_board_takes_the_place_of_one_that_was_put_off(speech: Speech) -> None:
    old = put_off(speech, speech_board(90), 300)
    new = speech_board(91)
    speech.plan.add([new], speech.now_s)
    speech.run()
    assert speech.order() == [new.id]
    assert old.id not in speech.order()


def test_a_chat_that_is_gone_forgets_what_was_put_off_there(speech: Speech) -> None:
    put_off(speech, speech_board(90), 300)
    speech.plan.forget(ChatId("g1"))
    assert len(speech.plan) == 0
    speech.now_s = 300.0
    assert speech.step() == []
