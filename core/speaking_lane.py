"""What waits in one chat: its messages in order, and those that were put off and are in nobody's way."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from core.budgets import ChatBudget
from core.chat import Manner, Priority
from core.ids import ChatId

RANKS = {priority: rank for rank, priority in enumerate(Priority)}
"""Lower goes first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits."""

    id: int
    chat_id: ChatId
    priority: Priority
    manner: Manner
    #: it may be said together with others
    has_brief: bool
    #: not before then, monotonic seconds
    due_s: float
    #: of all waiting states of one board only the newest is said
    board: str = ""
    #: until `due_s` others of its chat go before it; otherwise they wait behind it
    gives_way: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is a message to the vendor's limits; pins and reactions are not, as far as anybody knows."""
        return self.manner is Manner.MESSAGE


@dataclass(slots=True)
class Lane:
    """One chat."""

    budget: ChatBudget
    #: (rank, id, message), the next one first
    heap: list[tuple[int, int, Waiting]] = field(default_factory=list)
    briefs: int = 0
    #: (due, id, message): put off, and in nobody's way
    aside: list[tuple[float, int, Waiting]] = field(default_factory=list)
    is_speaking: bool = False
    #: grows with every change: older entries about this lane mean nothing
    version: int = 0

    def push(self, one: Waiting) -> None:
        """It takes its place."""
        heappush(self.heap, (RANKS[one.priority], one.id, one))
        self.briefs += one.has_brief

    def pop(self) -> Waiting:
        """The next one."""
        _, _, one = heappop(self.heap)
        self.briefs -= one.has_brief
        return one

    def drop(self, one: Waiting) -> bool:
        """It does not wait any more; false when it did not."""
        before = len(self.heap) + len(self.aside)
        in_heap = [entry for entry in self.heap if entry[1] != one.id]
        self.briefs -= one.has_brief and len(in_heap) < len(self.heap)
        self.heap, self.aside = in_heap, [entry for entry in self.aside if entry[1] != one.id]
        heapify(self.heap)
        heapify(self.aside)
        return len(self.heap) + len(self.aside) < before

    def bring_back(self, now_s: float) -> None:
        """Those whose time has come take their places again."""
        while self.aside and self.aside[0][0] <= now_s:
            self.push(heappop(self.aside)[2])
