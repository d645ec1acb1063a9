"""Takes messages in order to the right desk; each is one unit of work: read, decided, written, answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.desks.desk import Answer, Desk, Visit
from bot.message_reader import MessageRead, MessageReader
from core.chat import IncomingMessage, Manner, OutgoingMessage, RawUpdate
from core.errors import StoreNotNow, Unreadable
from core.ids import BuildingId, ChatId, Key
from core.mode import Mode
from core.ports import Channel, Clock
from core.texts import text
from core.times import to_ms
from fallback_store import arrivals, incident_log, messages, people
from fallback_store.arrivals import Arrival
from fallback_store.database import Store, T, Tx, Unit
from fallback_store.messages import InboxRow

log = structlog.get_logger(__name__)

#: Messages taken to the desks together: one commit for all of them.
BATCH = 128
#: Tries before a message is put into quarantine, where it blocks nobody.
TRIES = 3
#: Seconds between looks at a full disk.
FULL_PAUSE_S = 1.0
#: Admins hear of quarantined messages once in so long, however many there are.
TOLD_AGAIN_MS = 10 * 60 * 1000
#: Reading this many messages takes longer than a page should wait: done in a thread.
READ_ASIDE = 8
#: Characters; a longer update (a list of a whole building) is read in that thread too, not while its sender waits.
READ_AT_ONCE = 1_000
#: Seconds between looks at the inbox when nobody says that something waits there.
LOOK_AGAIN_S = 0.25


class _NotServed(Exception):
    """The desk failed; the message itself can still be stored."""


class FrontDesk:
    """Serves the inbox until cancelled; a kill anywhere replays to the same result."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        channels: Mapping[str, Channel],
        desks: Sequence[Desk],
        language: str,
        hear: Callable[[IncomingMessage], None] = lambda _: None,
    ) -> None:
        """`desks`: asked in this order who wants a message; `language`: of chats that never said which.

        `hear`: whoever counts what is said in groups, and keeps none of it.
        """
        self._store = store
        self._clock = clock
        self._desks = tuple(desks)
        self._language = language
        self._reader = MessageReader(store, channels, hear)
        #: which building's group a chat is, as of its last message; a wrong one is noticed and read again
        self._building_of: dict[ChatId, BuildingId | None] = {}
        self._has_left = asyncio.Event()

    async def run(self) -> None:
        """Serves for ever what the intake left: what waited before we started first."""
        last_id = 0
        while True:
            self._has_left.clear()
            try:
                rows = await messages.waiting(self._store, last_id, BATCH)
            except StoreNotNow:
                rows = []
            if not rows:
                await self._wait_for_work()
                continue
            await self.serve(rows)
            last_id = rows[-1].id

    async def _wait_for_work(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await self._has_left.wait()
        except TimeoutError:
            return

    async def take(self, updates: Sequence[RawUpdate], also: Unit[T]) -> T:
        """The intake (core.ports.Intake): stores updates, and serves them in the same transaction where it can.

        Served at once is what nothing older waits before and what was read with the newest menu; the rest waits in
        the inbox for `run`. One commit instead of two, and the same rows either way.
        """
        readings: list[MessageRead | None] = []

        def read() -> None:
            readings.extend(self._read_at_once(update) for update in updates)

        unit = self._taking(updates, readings, also)
        (outcome,) = await self._store.write_each([unit], may_repeat=True, before=read)
        if isinstance(outcome, _NotServed):
            log.warning("a message could not be served at once", error=type(outcome.__cause__).__name__)
            outcome = await self._store.write(self._taking(updates, [None] * len(updates), also))
        if isinstance(outcome, BaseException):
            raise outcome
        result, has_left = outcome
        if has_left:
            self._has_left.set()
        return result

    def _taking(
        self, updates: Sequence[RawUpdate], readings: Sequence[MessageRead | None], also: Unit[T]
    ) -> Unit[tuple[T, bool]]:
        def unit(tx: Tx) -> tuple[T, bool]:
            result, has_left = also(tx), False
            for update, found in zip(updates, readings, strict=True):
                if found is not None and self._serve_at_once(tx, update, found):
                    continue
                has_left = bool(messages.receive(tx, [update], self._clock.now())) or has_left
            return result, has_left

        return unit

    def _serve_at_once(self, tx: Tx, update: RawUpdate, found: MessageRead) -> bool:
        """False: it has to wait; nothing was written."""
        now = self._clock.now()
        arrival = arrivals.look(tx, update.key, found.message, now)
        if arrival.is_known:
            return True
        building_id = arrival.chat.building_id if arrival.chat else None
        if arrival.others_wait or (building_id, arrival.menu_of) != (found.building_id, found.menu_of):
            return False
        try:
            is_kept = self._visit(tx, found, arrival, now)
        except Exception as failure:
            if not tx.in_transaction:
                raise  # the disk is full: nothing can be stored either
            raise _NotServed from failure
        messages.receive_served(tx, update, now, is_kept=is_kept)
        return True

    def _read_at_once(self, update: RawUpdate) -> MessageRead | None:
        """None: it waits for `run`, which reads whatever there is."""
        is_known = update.chat_id in self._building_of
        if not is_known or len(update.payload) > READ_AT_ONCE:
            return None
        found = self._reader.read(update, self._building_of[update.chat_id])
        return None if isinstance(found, Exception) else found

    async def serve_waiting(self) -> int:
        """Serves what waits now; returns how many messages that was. For drills and tests."""
        served = last_id = 0
        while rows := await messages.waiting(self._store, last_id, BATCH):
            await self.serve(rows)
            served, last_id = served + len(rows), rows[-1].id
        return served

    async def serve(self, rows: Sequence[InboxRow]) -> None:
        """Takes these messages to their desks, in order, in one commit; those that fail get `TRIES` in all."""
        await self._reader.refresh(rows[-1].snapshot_id, rows[-1].aliases_revision)
        if len(rows) > READ_ASIDE:
            readings = await asyncio.to_thread(self._reader.read_all, rows)
        else:
            readings = self._reader.read_all(rows)
        units = [self._unit(row, found) for row, found in zip(rows, readings, strict=True)]
        outcomes = await self._write(units)
        for row, unit, outcome in zip(rows, units, outcomes, strict=True):
            if isinstance(outcome, Exception):
                await self._retry(row, unit, outcome)

    async def _write(self, units: Sequence[Unit[None]]) -> list[BaseException | None]:
        while True:
            outcomes = await self._store.write_each(units, may_repeat=True)
            if not any(isinstance(outcome, StoreNotNow) for outcome in outcomes):
                return outcomes
            # Nothing was committed and everything still waits in the inbox: try until there is room again.
            await self._clock.sleep(FULL_PAUSE_S)

    async def _retry(self, row: InboxRow, unit: Unit[None], failure: Exception) -> None:
        for _ in range(1, TRIES):
            (outcome,) = await self._write([unit])
            if not isinstance(outcome, Exception):
                return
            failure = outcome
        # What it says is in the row: a log keeps no words of people.
        log.error("message quarantined", inbox_id=row.id, error=type(failure).__name__)
        (outcome,) = await self._write([lambda tx: self._quarantine(tx, row, failure)])
        if isinstance(outcome, Exception):
            raise outcome  # better to stop and be started again than to leave a message nobody will look at

    def _quarantine(self, tx: Tx, row: InboxRow, failure: Exception) -> None:
        now = self._clock.now()
        messages.mark_quarantined(tx, row.id, f"{type(failure).__name__}: {failure}", now)
        incident_log.tell_admins(
            tx,
            f"quarantined:{to_ms(now) // TOLD_AGAIN_MS}",
            lambda spoken: text(spoken, "message_quarantined_admin"),
            now,
            incident_id=None,
            language=self._language,
        )
        if isinstance(failure, Unreadable):
            return  # not even its sender is known for sure: an admin sees it, nobody is answered
        answer = text(self._language, "message_quarantined")
        messages.say(tx, _reply(row.update, Answer(answer)), now)

    # One unit of work -------------------------------------------------------------------------

    def _unit(self, row: InboxRow, found: MessageRead | Exception) -> Unit[None]:
        def unit(tx: Tx) -> None:
            if isinstance(found, Exception):
                raise found
            now = self._clock.now()
            if self._visit(tx, found, arrivals.look(tx, row.update.key, found.message, now), now):
                messages.mark_handled(tx, row.id, now)
            else:
                messages.mark_silent(tx, row.id, now)

        return unit

    def _visit(self, tx: Tx, found: MessageRead, arrival: Arrival, now: datetime) -> bool:
        """Serves it; returns whether it was addressed to us, so that what it says may be kept."""
        message, person = found.message, arrival.person
        chat = arrival.chat or people.new_chat(tx, message.chat_id, is_group=message.is_group, language=self._language)
        self._building_of[chat.id] = chat.building_id
        visit = Visit(
            message=message,
            chat=chat,
            person=person,
            mode=arrival.mode,
            menu=found.menu,
            reading=found.reading,
            follow_up=found.follow_up,
            now=now,
            language=person.language or chat.language,
            home=arrival.home,
            has_sheet=arrival.has_sheet,
            was_asked=arrival.was_asked,
            ordered_ms=arrival.ordered_ms,
        )
        desk = next(desk for desk in self._desks if desk.wants(visit))
        answer = desk.serve(tx, visit)
        if message.wants_toast:
            messages.say(tx, _toast(message, answer), now)
        elif answer.toast and not answer.text:
            answer = replace(answer, text=answer.toast)
        if answer.text:
            # Only whoever is served: who merely talks in a group is none of our business.
            if not arrival.is_remembered:
                people.remember(tx, message.person_id, message.person_name)
            messages.say(tx, _reply(message, answer), now)
        if answer.text or answer.toast:
            return True
        return not (message.is_group or visit.mode.mode is Mode.NORMAL)


def _reply(asked: RawUpdate | IncomingMessage, answer: Answer) -> OutgoingMessage:
    replaces = asked.pressed_id if answer.is_edit and isinstance(asked, IncomingMessage) else ""
    return OutgoingMessage(
        key=Key(f"{asked.key}>reply"),
        chat_id=asked.chat_id,
        text=answer.text,
        buttons=answer.buttons,
        reply_to=asked.key,
        edits=replaces,
        brief=answer.brief,
        picture=answer.picture,
    )


def _toast(press: IncomingMessage, answer: Answer) -> OutgoingMessage:
    """Ends the waiting sign on the pressed button, with or without words."""
    return OutgoingMessage(
        key=Key(f"{press.key}>toast"),
        chat_id=press.chat_id,
        text=answer.toast,
        reply_to=press.key,
        manner=Manner.TOAST,
    )
