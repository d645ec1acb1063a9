"""Takes waiting messages in order to the right desk; each is one unit of work: read, decided, written, answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot.desks.desk import Answer, Desk, Menu, Visit
from core.aliases import with_aliases
from core.catalog import Catalog
from core.chat import IncomingMessage, OutgoingMessage
from core.errors import StoreFull, Unreadable
from core.ids import Key, channel_of
from core.mode import Mode
from core.ports import Channel, Clock
from core.reading.follow_up import FollowUp, follow_up
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.reading.reading import SILENCE as NOTHING_READ
from core.reading.reading import Reading
from core.texts import text
from fallback_store import catalog_snapshots, incident_log, learned_aliases, messages, people
from fallback_store.database import Store, Tx, Unit
from fallback_store.messages import InboxRow

log = structlog.get_logger(__name__)

#: Messages taken to the desks together: one commit for all of them.
BATCH = 128
#: Tries before a message is put into quarantine, where it blocks nobody.
TRIES = 3
#: Seconds between looks at a full disk.
FULL_PAUSE_S = 1.0
#: Reading this many messages takes longer than a page should wait: done in a thread.
READ_ASIDE = 8


@dataclass(frozen=True, slots=True)
class _Read:
    """A waiting message and what it says on one snapshot."""

    row: InboxRow
    message: IncomingMessage
    reading: Reading
    follow_up: FollowUp | None
    menu: Menu | None


class FrontDesk:
    """Serves the inbox until cancelled; a kill anywhere replays to the same result."""

    def __init__(
        self, store: Store, clock: Clock, channels: Mapping[str, Channel], desks: Sequence[Desk], language: str
    ) -> None:
        """`desks`: asked in this order who wants a message; `language`: of chats that never said which."""
        self._store = store
        self._clock = clock
        self._channels = channels
        self._desks = tuple(desks)
        self._language = language
        self._menu: Menu | None = None
        # Before the first snapshot people still ask for a menu, for help, or for what cannot be had.
        self._no_dishes = MenuIndex(Catalog("", (), {}))
        #: the snapshot and the revision of the learned aliases that the menu was built from
        self._menu_of: tuple[int | None, int] = (None, 0)

    async def run(self) -> None:
        """Serves for ever: what waited before we started first, then whatever comes."""
        last_id = 0
        while True:
            seen = self._store.revision
            rows = await messages.waiting(self._store, last_id, BATCH)
            if not rows:
                await self._store.wait_change(seen)
                continue
            await self.serve(rows)
            last_id = rows[-1].id

    async def serve_waiting(self) -> int:
        """Serves what waits now; returns how many messages that was. For drills and tests."""
        served = last_id = 0
        while rows := await messages.waiting(self._store, last_id, BATCH):
            await self.serve(rows)
            served, last_id = served + len(rows), rows[-1].id
        return served

    async def serve(self, rows: Sequence[InboxRow]) -> None:
        """Takes these messages to their desks, in order, in one commit; those that fail get `TRIES` in all."""
        await self._refresh_menu(rows[-1].snapshot_id, rows[-1].aliases_revision)
        if len(rows) > READ_ASIDE:
            readings = await asyncio.to_thread(self._read_all, rows)
        else:
            readings = self._read_all(rows)
        units = [self._unit(row, found) for row, found in zip(rows, readings, strict=True)]
        outcomes = await self._write_together(units)
        for row, unit, outcome in zip(rows, units, outcomes, strict=True):
            if isinstance(outcome, Exception):
                await self._retry(row, unit, outcome)

    async def _write_together(self, units: Sequence[Unit[None]]) -> list[BaseException | None]:
        # A savepoint for each message costs a tenth of serving it. All share one until one of them fails: then all
        # are undone and served again with one each, so that it fails alone.
        if len(units) > 1:
            (failure,) = await self._write([lambda tx: _run_all(tx, units)])
            if not isinstance(failure, Exception):
                return [None] * len(units)
        return await self._write(units)

    async def _write(self, units: Sequence[Unit[None]]) -> list[BaseException | None]:
        while True:
            outcomes = await self._store.write_each(units)
            if not any(isinstance(outcome, StoreFull) for outcome in outcomes):
                return outcomes
            # Nothing was committed and everything still waits in the inbox: try until there is room again.
            await self._clock.sleep(FULL_PAUSE_S)

    async def _retry(self, row: InboxRow, unit: Unit[None], failure: Exception) -> None:
        failures = row.attempts + 1
        while failures < TRIES:
            (outcome,) = await self._write([unit])
            if not isinstance(outcome, Exception):
                return
            failure, failures = outcome, failures + 1
        log.error("message quarantined", inbox_id=row.id, error=type(failure).__name__, detail=str(failure)[:200])
        await self._write([lambda tx: self._quarantine(tx, row, failure)])

    def _quarantine(self, tx: Tx, row: InboxRow, failure: Exception) -> None:
        now = self._clock.now()
        messages.mark_failed(tx, row.id, f"{type(failure).__name__}: {failure}", now, is_final=True)
        if isinstance(failure, Unreadable):
            return  # not even its sender is known for sure: an admin sees it, nobody is answered
        answer = text(self._language, "message_quarantined")
        messages.say(tx, _reply(row.update.key, row, Answer(answer)), now)

    # Reading: pure, outside the transaction ---------------------------------------------------

    async def _refresh_menu(self, snapshot_id: int | None, aliases_revision: int) -> None:
        if (snapshot_id, aliases_revision) == self._menu_of:
            return
        snapshot = await catalog_snapshots.latest(self._store)
        if snapshot is not None:
            catalog = with_aliases(snapshot.catalog, await learned_aliases.approved(self._store))
            index = await asyncio.to_thread(MenuIndex, catalog)
            self._menu = Menu(catalog, index)
        self._menu_of = (snapshot_id, aliases_revision)

    def _read_all(self, rows: Sequence[InboxRow]) -> list[_Read | Unreadable]:
        return [self._read(row) for row in rows]

    def _read(self, row: InboxRow) -> _Read | Unreadable:
        channel = self._channels.get(channel_of(row.update.chat_id))
        if channel is None:
            return Unreadable(f"no channel serves {channel_of(row.update.chat_id)}")
        try:
            message = channel.read(row.update)
        except Unreadable as unreadable:
            return unreadable
        menu = self._menu
        is_typed = bool(message.text) and not message.action
        index = menu.index if menu else self._no_dishes
        reading = read(message.text, index, row.building_id) if is_typed else NOTHING_READ
        refers = is_typed and not reading.lines and reading.intent in ("order", "greeting_or_chatter")
        return _Read(row, message, reading, follow_up(message.text, index) if refers else None, menu)

    # One unit of work -------------------------------------------------------------------------

    def _unit(self, row: InboxRow, found: _Read | Unreadable) -> Unit[None]:
        def unit(tx: Tx) -> None:
            if isinstance(found, Unreadable):
                raise found
            self._visit(tx, found)

        return unit

    def _visit(self, tx: Tx, found: _Read) -> None:
        now = self._clock.now()
        message = found.message
        chat = people.chat(tx, message.chat_id, is_group=message.is_group, language=self._language)
        # Remembered below, and only if they are served: who merely talks in a group is none of our business.
        person = people.look_up(tx, message.person_id, message.person_name)
        visit = Visit(
            message=message,
            chat=chat,
            person=person,
            mode=incident_log.current(tx, now),
            menu=found.menu,
            reading=found.reading,
            follow_up=found.follow_up,
            now=now,
            language=person.language or chat.language,
        )
        desk = next(desk for desk in self._desks if desk.wants(visit))
        answer = desk.serve(tx, visit)
        if answer.text:
            people.remember(tx, message.person_id, message.person_name)
            messages.say(tx, _reply(message.key, found.row, answer), now)
            messages.mark_handled(tx, found.row.id, now)
        elif message.is_group or visit.mode.mode is Mode.NORMAL:
            messages.mark_silent(tx, found.row.id, now)
        else:
            messages.mark_handled(tx, found.row.id, now)


def _run_all(tx: Tx, units: Sequence[Unit[None]]) -> None:
    for unit in units:
        unit(tx)


def _reply(key: Key, row: InboxRow, answer: Answer) -> OutgoingMessage:
    return OutgoingMessage(
        key=Key(f"{key}>reply"), chat_id=row.update.chat_id, text=answer.text, buttons=answer.buttons, reply_to=key
    )
