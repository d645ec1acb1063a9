"""Who speaks next: priorities across and inside chats, fairness, several receipts as one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.budgets import NO_LIMITS, Limits
from core.chat import Manner
from core.ids import ChatId
from core.speaking import TOGETHER, SpeakingPlan
from core.speaking_lane import Waiting
from tests.core.speech import BOARD, DIGEST, NOTICE, RECEIPT, Speech


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


def test_the_same_message_is_known_once(speech: Speech) -> None:
    one = speech.waits("g1")
    speech.plan.add([one, one], 0)
    assert speech.plan.unknown([one.id, 77]) == [77]
    speech.run()
    assert speech.order() == [one.id]


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
