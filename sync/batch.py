"""One batch of events at the primary: sent whole or in halves, and what its answers mean for each event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.errors import BatchMalformed, BatchTooLarge
from core.ports import Primary
from core.primary import EventOutcome, EventResult, PrimaryEvent
from core.refusals import hint_for, reason_text
from core.retry import RetrySchedule
from fallback_store.outbox import Ack, Park, Retry, Settlement

#: So many unreadable events and not one understood: then it is the primary that is wrong, not the events.
_SUSPICIOUS = 32


@dataclass(slots=True)
class Lesson:
    """What a batch taught so far; it stays true when the primary falls silent half-way."""

    #: by seq
    results: dict[int, EventResult] = field(default_factory=dict)
    #: by seq: events the primary cannot even read
    parks: dict[int, Park] = field(default_factory=dict)
    #: by seq: events that were not sent, because of what became of an earlier one of their order
    held_back: set[int] = field(default_factory=set)
    #: the primary fell silent before it had answered everything
    is_cut_short: bool = False
    #: the largest batch the primary takes; None when it did not complain
    largest: int | None = None

    def settles(self, event: PrimaryEvent) -> bool:
        """Whether the event is done with, for better or worse."""
        result = self.results.get(event.seq)
        return event.seq in self.parks or (result is not None and result.outcome is not EventOutcome.RETRY)


async def push_in_order(
    primary: Primary, epoch: int, node: str, events: Sequence[PrimaryEvent], lesson: Lesson
) -> None:
    """Sends the events; halves what is too large, and what is malformed down to the one event that is.

    Raises: what `Primary.push` raises otherwise, and BatchMalformed or BatchTooLarge when it takes nothing at all;
    the lesson keeps what was learned before.
    """
    try:
        results = await primary.push(epoch, node, events)
    except (BatchTooLarge, BatchMalformed) as problem:
        if len(events) == 1:
            code = "too_large" if isinstance(problem, BatchTooLarge) else "malformed"
            lesson.parks[events[0].seq] = Park(events[0].seq, reason_text(code, str(problem)), hint_for(code))
            if len(lesson.parks) >= _SUSPICIOUS and not lesson.results:
                lesson.parks.clear()
                raise
            return
        half = len(events) // 2
        if isinstance(problem, BatchTooLarge):
            lesson.largest = half
    else:
        seqs = {event.key: event.seq for event in events}
        lesson.results.update((seqs[result.key], result) for result in results)
        return
    await push_in_order(primary, epoch, node, events[:half], lesson)
    # What the first half left open must not be overtaken by the same order's events of the second.
    open_orders = {event.order_id for event in events[:half] if not lesson.settles(event)}
    lesson.held_back |= {event.seq for event in events[half:] if event.order_id in open_orders}
    if rest := [event for event in events[half:] if event.order_id not in open_orders]:
        await push_in_order(primary, epoch, node, rest, lesson)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an event is tried."""

    #: pauses after the primary's "not now", and after an answer that leaves the event out
    schedule: RetrySchedule
    #: after so many of them an event goes to a person, or the hand-back would never end
    limit: int

    def settlements(
        self,
        sent: Sequence[PrimaryEvent],
        lesson: Lesson,
        times_put_off: Mapping[int, int],
        *,
        chance: Callable[[], float],
        now: datetime,
    ) -> list[Settlement]:
        """What becomes of each event. `times_put_off`: by seq, how often it was put off before."""
        found: list[Settlement] = []
        for event in sent:
            result = lesson.results.get(event.seq)
            if event.seq in lesson.parks:
                found.append(lesson.parks[event.seq])
            elif result is None and (lesson.is_cut_short or event.seq in lesson.held_back):
                # Whether it was taken is unknown; the same key once more does no harm. The caller sets the pace.
                found.append(Retry(event.seq, now))
            elif result is None or result.outcome is EventOutcome.RETRY:
                code = "no_answer" if result is None else "not_now"
                found.append(self._put_off(event, code, times_put_off.get(event.seq, 0) + 1, chance(), now))
            elif result.outcome is EventOutcome.REFUSED:
                found.append(Park(event.seq, reason_of(result), hint_for(result.code), is_refused=True))
            else:
                found.append(Ack(event.seq, result.outcome, result.order_ref))
        return found

    def _put_off(self, event: PrimaryEvent, code: str, times: int, chance: float, now: datetime) -> Settlement:
        if times >= self.limit:
            return Park(event.seq, code, hint_for(code))
        pause_s = self.schedule.pause_s(times, chance) or self.schedule.longest_s
        return Retry(event.seq, now + timedelta(seconds=pause_s), is_answered=True)


def refusals_to_tell(sent: Sequence[PrimaryEvent], lesson: Lesson) -> list[tuple[PrimaryEvent, str]]:
    """Refused events and why. An order's later events, refused for want of the order, add nothing to its own."""
    return [
        (event, reason_of(result))
        for event in sent
        if (result := lesson.results.get(event.seq)) is not None
        and result.outcome is EventOutcome.REFUSED
        and result.code != "unknown_order"
    ]


def reason_of(result: EventResult) -> str:
    """Why an event was refused: `code` or `code: the primary's words`."""
    return reason_text(result.code, result.message)
