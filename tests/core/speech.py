"""A plan of what is said, driven by hand: calls take no time, and time stands still between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from core.budgets import Limits
from core.chat import Manner, Priority
from core.ids import ChatId
from core.speaking import SpeakingPlan
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


def speech_board(number: int) -> Waiting:
    return Waiting(number, ChatId("g1"), BOARD, Manner.MESSAGE, False, 0.0, board="pinned")
