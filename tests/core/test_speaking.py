"""Who speaks next: priorities across and inside chats, fairness, silence, several receipts as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest

from core.budgets import NO_LIMITS, Limits
from core.chat import Manner, Priority
from core.ids import ChatId
from core.speaking import TOGETHER, SpeakingPlan
from core.speaking_lane import Waiting

TELEGRAM = Limits(chat_per_s=1, group_per_min=20, overall_per_s=30)
NOTICE, RECEIPT, BOARD, DIGEST = Priority


class Speech:
    """A plan whose calls take no time, driven until nothing is left."""

    def __init__(self, limits: Limits = TELEGRAM) -> None:
        self.plan = SpeakingPlan(limits, lambda chat_id: chat_id.startswith("g"))
        self.now_s = 0.0
        self._ids = count(1)
        #: (when, ids said as one)
        self.said: list[tuple[float, list[int]]] = []

    def waits(
        self, chat: str, priority: Priority = RECEIPT, *, manner: Manner = Manner.MESSAGE, brief: bool = False
    ) -> Waiting:
        one = Waiting(next(self._ids), ChatId(chat), priority, manner, brief, self.now_s)
        self.plan.add([one], self.now_s)
        return one

    def step(self, room: int = 64) -> list[Sequence[Waiting]]:
        picks = self.plan.next(self.now_s, room)
        for pick in picks:
            self.said.append((self.now_s, [one.id for one in pick]))
            self.plan.settled(pick, self.now_s)
        return picks

    def run(self, until_s: float = 1e9) -> None:
        while len(self.plan):
            if not self.step():
                wakes_s = self.plan.wakes_s(self.now_s)
                assert wakes_s is not None
                assert wakes_s > self.now_s
                if wakes_s > until_s:
                    return
                self.now_s = wakes_s

    def order(self) -> list[int]:
        return [number for _, ids in self.said for number in ids]

    def when(self, one: Waiting) -> float:
        return next(at_s for at_s, ids in self.said if one.id in ids)


@pytest.fixture
def speech() -> Speech:
    return Speech()


def test_notices_go_before_receipts_before_boards_before_digests_in_one_chat(speech: Speech) -> None:
    waiting = [speech.waits("g1", priority) for priority in (DIGEST, BOARD, RECEIPT, NOTICE)]
    speech.run()
    assert speech.order() == [one.id for one in reversed(waiting)]


def test_and_across_chats_when_the_channel_is_short() -> None:
    speech = Speech(Limits(overall_per_s=3))
    waiting = [speech.waits(f"g{n}", priority) for n, priority in enumerate((DIGEST, BOARD, RECEIPT, NOTICE))]
    speech.run()
    assert speech.order() == [one.id for one in reversed(waiting)]


def test_of_one_priority_the_oldest_goes_first(speech: Speech) -> None:
    first, second = speech.waits("p1"), speech.waits("p1")
    speech.run()
    assert speech.order() == [first.id, second.id]


def test_one_chats_flood_slows_nobody_else(speech: Speech) -> None:
    for _ in range(300):
        speech.waits("g1")
    speech.step()
    other = speech.waits("g2")
    speech.run(until_s=5)
    assert speech.when(other) < 0.1


def test_a_chat_says_one_thing_at_a_time_whatever_its_budget(speech: Speech) -> None:
    plan = SpeakingPlan(NO_LIMITS, lambda chat_id: True)
    one = Waiting(1, ChatId("g1"), RECEIPT, Manner.MESSAGE, False, 0)
    plan.add([one, replace(one, id=2)], 0)
    (pick,) = plan.next(0, 64)
    assert plan.next(0, 64) == []
    plan.settled(pick, 0)
    assert [[w.id for w in pick] for pick in plan.next(0, 64)] == [[2]]


def test_waiting_receipts_of_a_short_group_are_said_as_one(speech: Speech) -> None:
    waiting = [speech.waits("g1", brief=True) for _ in range(10)]
    speech.run()
    assert speech.said == [(0.0, [one.id for one in waiting])]


def test_but_each_alone_while_the_group_may_speak(speech: Speech) -> None:
    first, second = speech.waits("g1", brief=True), speech.waits("g1", brief=True)
    speech.run()
    assert [ids for _, ids in speech.said] == [[first.id], [second.id]]


def test_what_cannot_be_said_together_is_said_alone_and_in_order(speech: Speech) -> None:
    briefs = [speech.waits("g1", brief=True) for _ in range(4)]
    alone = speech.waits("g1")
    more = [speech.waits("g1", brief=True) for _ in range(4)]
    speech.run()
    assert [ids for _, ids in speech.said][:2] == [[one.id for one in briefs], [alone.id]]
    assert speech.order() == [one.id for one in (*briefs, alone, *more)]


def test_so_many_together_and_no_more(speech: Speech) -> None:
    for _ in range(TOGETHER + 5):
        speech.waits("g1", brief=True)
    speech.run()
    assert len(speech.said[0][1]) == TOGETHER


def test_a_flooded_group_hears_of_every_order_within_seconds(speech: Speech) -> None:
    arrived = list[Waiting]()
    while speech.now_s < 120:  # five orders a second in one group
        arrived.append(speech.waits("g1", brief=True))
        speech.step()
        speech.now_s += 0.2
    speech.run()
    waited_s = sorted(speech.when(one) - one.due_s for one in arrived)
    assert waited_s[int(len(waited_s) * 0.95)] < 4
    assert sorted(speech.order()) == [one.id for one in arrived]


def test_a_board_leaves_the_last_of_a_groups_burst_to_receipts(speech: Speech) -> None:
    boards = [speech.waits("g1", BOARD) for _ in range(4)]
    speech.run(until_s=4)
    speech.now_s += 1.1
    late = speech.waits("g1")
    speech.step()
    assert speech.when(late) == speech.now_s
    speech.run()
    assert speech.order()[-1] == boards[-1].id


def test_toasts_wait_for_nothing(speech: Speech) -> None:
    for _ in range(200):
        speech.waits("g1", NOTICE)
    speech.step()
    toast = speech.waits("g1", manner=Manner.TOAST)
    speech.step()
    assert speech.when(toast) == 0.0


def test_pins_and_reactions_cost_no_message(speech: Speech) -> None:
    first = speech.waits("g1", BOARD)
    pin = speech.waits("g1", BOARD, manner=Manner.PIN)
    speech.step()
    speech.step()
    assert speech.when(pin) == speech.when(first) == 0.0


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


def test_the_same_message_is_known_once(speech: Speech) -> None:
    one = speech.waits("g1")
    speech.plan.add([one, one], 0)
    assert speech.plan.unknown([one.id, 77]) == [77]
    speech.run()
    assert speech.order() == [one.id]


def test_a_chat_that_is_gone_says_nothing(speech: Speech) -> None:
    speech.waits("g1")
    speech.plan.forget(ChatId("g1"))
    assert speech.step() == []
    assert len(speech.plan) == 0


def test_two_hundred_groups_hear_a_notice_and_get_their_board_within_twenty_seconds(speech: Speech) -> None:
    for n in range(200):
        speech.waits(f"g{n}", NOTICE)
        speech.waits(f"g{n}", BOARD)
    speech.run()
    assert speech.said[-1][0] < 17


def test_of_one_boards_waiting_states_only_the_newest_is_said(speech: Speech) -> None:
    old = replace(speech.waits("g1", BOARD), id=90, board="pinned")
    new, other = replace(old, id=91), replace(old, id=92, board="another")
    speech.run()
    speech.plan.add([old, other], speech.now_s)
    speech.plan.add([new], speech.now_s)
    speech.run()
    assert speech.order()[1:] == [new.id, other.id]
    assert len(speech.plan) == 0


def test_many_chats_without_limits_are_all_served_once() -> None:
    speech = Speech(NO_LIMITS)
    waiting = [speech.waits(f"p{n}") for n in range(5000)]
    speech.run()
    assert sorted(speech.order()) == [one.id for one in waiting]


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


def test_what_is_being_said_or_was_forgotten_cannot_be_dropped(speech: Speech) -> None:
    said, first, second = (speech.waits("g1", brief=True) for _ in range(3))
    (pick,) = speech.plan.next(0, 64)
    speech.plan.drop([said], 0)
    assert speech.plan.unknown([said.id]) == []
    speech.plan.settled(pick, 0)
    elsewhere = speech.waits("g2")
    speech.plan.forget(ChatId("g2"))
    speech.plan.drop([elsewhere], 0)
    speech.now_s = 1.1  # two more may be said, so receipts need not share a message
    speech.run()
    assert [ids for _, ids in speech.said] == [[first.id], [second.id]]


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


def speech_board(number: int) -> Waiting:
    return Waiting(number, ChatId("g1"), BOARD, Manner.MESSAGE, False, 0.0, board="pinned")
