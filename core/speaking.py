"""Who speaks next: what waits is picked by priority, inside what each chat and the whole channel are allowed.

Pure: time is handed in as monotonic seconds. Every step costs the logarithm of how many chats wait, not their number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush

from core.budgets import GROUP_BURST, ChatBudget, Limits, call_window
from core.chat import Manner, Priority
from core.ids import ChatId
from core.speaking_lane import RANKS, Lane, Waiting

_RECEIPT = RANKS[Priority.RECEIPT]
#: Messages of a group's burst that boards and digests leave to others.
_SPARED = GROUP_BURST - 1
#: Receipts said as one message at the most.
TOGETHER = 40
#: Lanes looked through for idle ones after so many messages.
_SWEEP_AFTER = 2000


class SpeakingPlan:
    """What waits on one channel. What is picked is `settled` or put back with `add`; until then its chat is silent."""

    def __init__(self, limits: Limits, is_group: Callable[[ChatId], bool]) -> None:
        """`limits`: of the channel; `is_group`: whether the minute's allowance holds in a chat."""
        self._limits = limits
        self._is_group = is_group
        self._window = call_window(limits)
        self._lanes: dict[ChatId, Lane] = {}
        self._toasts: deque[Waiting] = deque()
        self._known: set[int] = set()
        #: (rank, id, chat, version): may speak as far as their own budget goes
        self._ready: list[tuple[int, int, ChatId, int]] = []
        #: the same for what is no message to the limits: it waits for nobody else's message
        self._free: list[tuple[int, int, ChatId, int]] = []
        #: (when, chat, version): look again then
        self._asleep: list[tuple[float, ChatId, int]] = []
        self._paused_until_s = 0.0
        self._settled = 0

    def __len__(self) -> int:
        """How many wait or are being said."""
        return len(self._known)

    def add(self, waiting: Iterable[Waiting], now_s: float) -> None:
        """These wait, again or for the first time; one that is waiting already is passed over."""
        for one in waiting:
            if one.id in self._known:
                continue
            self._known.add(one.id)
            if one.manner is Manner.TOAST:
                self._toasts.append(one)
                continue
            lane = self._lane(one.chat_id)
            if one.board:
                waiting = [w for _, _, w in (*lane.heap, *lane.aside) if w.board == one.board]
                self.drop([w for w in waiting if w.id < one.id], now_s)
            if one.gives_way and one.due_s > now_s:
                heappush(lane.aside, (one.due_s, one.id, one))
            else:
                lane.push(one)
            self._place(one.chat_id, lane, now_s)

    def unknown(self, ids: Iterable[int]) -> list[int]:
        """Those of these messages it has never heard of."""
        return [number for number in ids if number not in self._known]

    def put_off(self, chats: Iterable[ChatId], now_s: float) -> list[Waiting]:
        """What holds these chats up because it was put off; it may have been told anew since."""
        lanes = (self._lanes.get(chat_id) for chat_id in chats)
        held_up = (lane for lane in lanes if lane is not None and lane.heap and lane.heap[0][2].due_s > now_s)
        return [one for lane in held_up for _, _, one in lane.heap if one.due_s > now_s]

    def drop(self, gone: Iterable[Waiting], now_s: float) -> None:
        """These do not wait any more; one that was picked or forgotten since is passed over."""
        for one in gone:
            lane = self._lanes.get(one.chat_id)
            if lane is not None and lane.drop(one):
                self._known.discard(one.id)
                self._place(one.chat_id, lane, now_s)

    def next(self, now_s: float, room: int) -> list[Sequence[Waiting]]:
        """What to say now, at most `room` calls; several messages in one pick are said as one."""
        if now_s < self._paused_until_s:
            return []
        # Toasts first and outside every budget: nobody sees one that is a few seconds late.
        picks: list[Sequence[Waiting]] = [[self._toasts.popleft()] for _ in range(min(room, len(self._toasts)))]
        self._wake(now_s)
        while len(picks) < room and (lane := self._first(self._free)):
            picks.append(self._pick(lane, now_s))
        while len(picks) < room and (self._window is None or self._window.may(now_s)):
            if (lane := self._first(self._ready)) is None:
                break
            picks.append(self._pick(lane, now_s))
            if self._window is not None:
                self._window.begin()
        return picks

    def wakes_s(self, now_s: float) -> float | None:
        """When `next` may have more to say though nothing else happens; None: never."""
        if now_s < self._paused_until_s:
            return self._paused_until_s
        times = [self._asleep[0][0]] if self._asleep else []
        if self._ready:
            ready_s = now_s if self._window is None else self._window.ready_s(now_s)
            times += [] if ready_s is None else [ready_s]
        if self._free or self._toasts:
            times.append(now_s)
        return min(times, default=None)

    def dropped(self, picked: Sequence[Waiting], now_s: float, *, is_all: bool) -> None:
        """These of a pick need not be said after all; `is_all`: no call is made for it."""
        if is_all:
            self.settled(picked, now_s, counted=False)
        else:
            self._known.difference_update(one.id for one in picked)

    def settled(self, picked: Sequence[Waiting], now_s: float, *, counted: bool = True) -> None:
        """The call for these has ended; their chat may speak again. `counted`: the vendor may have counted it."""
        self._known.difference_update(one.id for one in picked)
        first = picked[0]
        if first.manner is Manner.TOAST:
            return
        if first.counts and self._window is not None:
            self._window.end(now_s, counted=counted)
        lane = self._lanes.get(first.chat_id)
        if lane is not None:
            lane.is_speaking = False
            if first.counts and counted:  # now, not when it was made: the vendor counts when it arrives
                lane.budget.take(now_s)
            self._place(first.chat_id, lane, now_s)
        self._settled += 1
        if self._settled % _SWEEP_AFTER == 0:
            self._sweep(now_s)

    def silence(self, chat_id: ChatId, now_s: float, seconds: float) -> None:
        """The vendor asks one chat to be silent; the others go on."""
        lane = self._lane(chat_id)
        lane.budget.silence(now_s, seconds)
        self._place(chat_id, lane, now_s)

    def pause(self, until_s: float) -> None:
        """Nobody says anything until then: the vendor is away."""
        self._paused_until_s = until_s

    def forget(self, chat_id: ChatId) -> None:
        """Nothing waits in this chat any more."""
        lane = self._lanes.pop(chat_id, None)
        if lane is not None:
            self._known.difference_update(number for _, number, _ in (*lane.heap, *lane.aside))

    # Inside ------------------------------------------------------------------------------------

    def _lane(self, chat_id: ChatId) -> Lane:
        lane = self._lanes.get(chat_id)
        if lane is None:
            lane = Lane(ChatBudget(self._limits, is_group=self._is_group(chat_id)))
            self._lanes[chat_id] = lane
        return lane

    def _place(self, chat_id: ChatId, lane: Lane, now_s: float) -> None:
        """Notes when the chat may speak next."""
        lane.version += 1
        lane.bring_back(now_s)
        if lane.is_speaking:
            return
        again_s = lane.aside[0][0] if lane.aside else None
        if not lane.heap:
            if again_s is not None:
                heappush(self._asleep, (again_s, chat_id, lane.version))
            return
        rank, number, first = lane.heap[0]
        ready_s = max(first.due_s, now_s)
        if first.counts:
            # All but one token of a group's burst are kept for receipts: boards can wait, people who ordered cannot.
            ready_s = max(ready_s, lane.budget.ready_s(now_s, spare=_SPARED if rank > _RECEIPT else 0))
        if ready_s <= now_s:
            heappush(self._ready if first.counts else self._free, (rank, number, chat_id, lane.version))
        else:
            wakes_s = ready_s if again_s is None else min(ready_s, again_s)
            heappush(self._asleep, (wakes_s, chat_id, lane.version))

    def _first(self, ready: list[tuple[int, int, ChatId, int]]) -> Lane | None:
        """The first chat of these that still is where it was placed; it is taken out."""
        while ready:
            _, _, chat_id, version = heappop(ready)
            lane = self._lanes.get(chat_id)
            if lane is not None and lane.version == version:
                return lane
        return None

    def _wake(self, now_s: float) -> None:
        while self._asleep and self._asleep[0][0] <= now_s:
            _, chat_id, version = heappop(self._asleep)
            lane = self._lanes.get(chat_id)
            if lane is not None and lane.version == version:
                self._place(chat_id, lane, now_s)

    def _pick(self, lane: Lane, now_s: float) -> list[Waiting]:
        """The first message of a chat; several when they wait faster than the chat may speak."""
        is_short = lane.briefs > 1 and lane.briefs > lane.budget.left(now_s)
        picked = [lane.pop()]
        if is_short and picked[0].has_brief:
            while lane.heap and len(picked) < TOGETHER and self._joins(lane, now_s):
                picked.append(lane.pop())
        lane.is_speaking = True
        lane.version += 1
        return picked

    @staticmethod
    def _joins(lane: Lane, now_s: float) -> bool:
        rank, _, one = lane.heap[0]
        return rank == _RECEIPT and one.has_brief and one.due_s <= now_s

    def _sweep(self, now_s: float) -> None:
        """Forgets chats with nothing to say and nothing to remember."""
        for chat_id in [
            chat_id
            for chat_id, lane in self._lanes.items()
            if not lane.heap and not lane.aside and not lane.is_speaking and lane.budget.is_idle(now_s)
        ]:
            del self._lanes[chat_id]
