"""Makes the one call that says something, and tells what came of it: what to write down and who is silent how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from core.ago import ago
from core.chat import Manner, OutgoingMessage, Priority
from core.errors import ChannelDown, ChatBusy, ChatClosed, ChatGone, ChatMoved, FallbackError, Permanent, Temporary
from core.ids import ChatId, Key
from core.long_text import first_part, length
from core.ports import Channel, Clock
from core.retry import RetrySchedule
from core.texts import text
from core.times import to_ms
from fallback_store import boards, chat_changes, incident_log, messages
from fallback_store.database import Tx, Unit
from fallback_store.messages import OutgoingRow

log = structlog.get_logger(__name__)

#: A message the vendor does not take is given up after about a day; the row stays, marked failed, for a person.
SCHEDULE = RetrySchedule(first_s=0.5, longest_s=300.0, limit=300)
#: What may only be said once its person has written again is kept for so long.
CLOSED_FOR_S = 14 * 86_400.0
#: From so many failed tries on, about ten minutes of our own pauses, a receipt or a notice lets others of its chat
#: pass while it waits.
PASSED_AFTER = 11
#: Admins hear of what is not taken once in so long, however much it is.
TOLD_AGAIN_MS = 10 * 60 * 1000
#: Silence that a vendor asks for without saying how long.
BUSY_S = 5.0
#: Nobody sees a toast any more that is older than this.
TOAST_LASTS_S = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one call."""

    #: what to write down; None = nothing changed
    unit: Unit[None] | None = None
    #: messages that wait on, and in how many seconds they are tried again
    left: Sequence[OutgoingRow] = ()
    again_in_s: float = 0.0
    #: the vendor asks this chat to be silent for so long
    silent_s: float | None = None
    #: the vendor is away: nobody says anything for a while
    is_away: bool = False
    #: nothing waits under this chat's id any more
    is_over: bool = False


class Delivery:
    """One channel's calls."""

    def __init__(self, channel: Channel, clock: Clock, chance: Callable[[], float], language: str) -> None:
        """`chance`: 0 ≤ x < 1, spreads the retries; `language`: of admins who never said theirs."""
        self._channel = channel
        self._clock = clock
        self._chance = chance
        self._language = language

    async def deliver(self, rows: Sequence[OutgoingRow]) -> Outcome:
        """Says one message, or several of one chat as one. Raises nothing: one bad message must not end the sender."""
        first = rows[0].message
        if first.manner is Manner.TOAST and rows[0].age_s > TOAST_LASTS_S:
            return Outcome(unit=lambda tx: messages.mark_sent(tx, rows[0].id, "", self._clock.now()))
        said, count = _joined(rows, self._channel.surface.longest_text)
        message, rest = self._fitting(said)
        try:
            vendor_id = await self._channel.send(message)
        except ChatBusy as busy:
            silent_s = BUSY_S if busy.retry_after_s is None else busy.retry_after_s
            log.warning("chat asked for silence", channel=self._channel.name, seconds=silent_s)
            return Outcome(left=rows, again_in_s=silent_s, silent_s=silent_s)
        except ChatClosed as closed:
            return self._wait_for_person(rows, closed)
        except ChannelDown as away:
            log.warning("channel is away", channel=self._channel.name, error=str(away))
            return Outcome(left=rows, is_away=True)
        except ChatMoved as moved:
            return Outcome(unit=_move(first.chat_id, moved), is_over=True)
        except ChatGone as gone:
            log.warning("chat cannot be reached", outgoing_id=rows[0].id, error=str(gone))
            return Outcome(unit=_mark_unreachable(first.chat_id, gone), is_over=True)
        except Exception as problem:  # an error of ours in one message is that message's end, not the sender's
            return self._not_said(rows, problem)
        return Outcome(unit=self._note(rows[:count], message, rest, vendor_id), left=rows[count:])

    def _fitting(self, message: OutgoingMessage) -> tuple[OutgoingMessage, str]:
        """As much of it as one message of this channel holds, and the rest of the text."""
        longest = self._channel.surface.longest_text
        # What is edited in place stays one message, and what stands below a picture belongs to it.
        is_whole = message.manner is not Manner.MESSAGE or message.edits or message.board or message.picture
        if longest is None or is_whole:
            return message, ""
        words, rest = first_part(message.text, longest)
        return (replace(message, text=words, buttons=()), rest) if rest else (message, "")

    def _note(self, rows: Sequence[OutgoingRow], message: OutgoingMessage, rest: str, vendor_id: str) -> Unit[None]:
        now, whole = self._clock.now(), rows[0].message
        pins = Manner.PIN in self._channel.surface.manners

        def unit(tx: Tx) -> None:
            for row in rows:
                messages.mark_sent(tx, row.id, vendor_id, now)
            if rest:
                # Without the brief: said together with others, only that would be said of it.
                messages.say(tx, replace(whole, key=Key(f"{whole.key}+"), text=rest, reply_to=None, brief=""), now)
            if message.board and vendor_id and vendor_id != message.edits:
                boards.stands(tx, message.chat_id, message.board, vendor_id)
                if pins:
                    messages.say(tx, _pin(message, vendor_id), now)

        return unit

    def _wait_for_person(self, rows: Sequence[OutgoingRow], closed: ChatClosed) -> Outcome:
        """No try has failed, and no admin can help: it waits for its person, though not for ever."""
        again_in_s = closed.retry_after_s or BUSY_S
        due = self._clock.now() + timedelta(seconds=again_in_s)

        def unit(tx: Tx) -> None:
            for row in rows:
                if row.age_s > CLOSED_FOR_S:
                    messages.mark_unsent(tx, row.id, str(closed), None)
                else:
                    messages.put_off(tx, row.id, due)

        return Outcome(unit=unit, left=[row for row in rows if row.age_s <= CLOSED_FOR_S], again_in_s=again_in_s)

    def _not_said(self, rows: Sequence[OutgoingRow], problem: Exception) -> Outcome:
        passes = isinstance(problem, Temporary)
        asked_s = problem.retry_after_s if isinstance(problem, Temporary) else None
        tries = rows[0].attempts + 1
        pause_s = SCHEDULE.pause_s(tries, self._chance(), asked_s) if passes else None
        error = str(problem) if isinstance(problem, FallbackError) else f"{type(problem).__name__}: {problem}"
        if pause_s is None:
            log.error("message cannot be said", outgoing_id=rows[0].id, error=error if passes else _kind(problem))
        due = None if pause_s is None else self._clock.now() + timedelta(seconds=pause_s)

        def unit(tx: Tx) -> None:
            for row in rows:
                messages.mark_unsent(tx, row.id, error, due)
            if passes and not _is_a_state(rows[0].message) and (pause_s is None or tries == PASSED_AFTER):
                self._tell_admins(tx, rows[0], tries, is_over=pause_s is None)

        if pause_s is None:
            return Outcome(unit=unit)
        left = [replace(row, attempts=row.attempts + 1) for row in rows]
        return Outcome(unit=unit, left=left, again_in_s=pause_s)

    def _tell_admins(self, tx: Tx, row: OutgoingRow, tries: int, *, is_over: bool) -> None:
        now = self._clock.now()
        name = "message_given_up_admin" if is_over else "message_undelivered_admin"
        queued_at = now - timedelta(seconds=row.age_s)
        incident_log.tell_admins(
            tx,
            f"{name}:{self._channel.name}:{to_ms(now) // TOLD_AGAIN_MS}",
            lambda spoken: text(spoken, name, chat=row.message.chat_id, tries=tries, ago=ago(queued_at, now, spoken)),
            now,
            incident_id=None,
            language=self._language,
        )


def gives_way(row: OutgoingRow) -> bool:
    """Whether others of its chat go before it while it waits for its next try."""
    return _is_a_state(row.message) or row.attempts >= PASSED_AFTER


def _is_a_state(message: OutgoingMessage) -> bool:
    """A board or a digest: the next one says it as well."""
    return message.priority in (Priority.BOARD, Priority.DIGEST)


def _joined(rows: Sequence[OutgoingRow], longest: int | None) -> tuple[OutgoingMessage, int]:
    """One message for several receipts of a chat, a line each, and how many of them it holds."""
    first = rows[0].message
    if len(rows) == 1:
        return first, 1
    lines, size = [first.brief], length(first.brief)
    for row in rows[1:]:
        size += 1 + length(row.message.brief)
        if longest is not None and size > longest:
            break
        lines.append(row.message.brief)
    text = "\n".join(lines)
    return OutgoingMessage(key=first.key, chat_id=first.chat_id, text=text, priority=Priority.RECEIPT), len(lines)


def _pin(board: OutgoingMessage, vendor_id: str) -> OutgoingMessage:
    return OutgoingMessage(
        key=Key(f"{board.key}>pin"),
        chat_id=board.chat_id,
        text="",
        priority=Priority.BOARD,
        manner=Manner.PIN,
        edits=vendor_id,
    )


def _move(old: ChatId, moved: ChatMoved) -> Unit[None]:
    return lambda tx: chat_changes.move(tx, old, ChatId(moved.to_chat_id))


def _mark_unreachable(chat_id: ChatId, gone: ChatGone) -> Unit[None]:
    def unit(tx: Tx) -> None:
        chat_changes.mark_unreachable(tx, chat_id, str(gone))

    return unit


def _kind(problem: Exception) -> str:
    # What a vendor or a library of ours says about a message may quote it: a log keeps no words of people.
    return str(problem) if isinstance(problem, Permanent) else type(problem).__name__
