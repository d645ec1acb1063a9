"""Reads stored updates: what a message says on the newest snapshot; pure work, outside any transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.desks.desk import Menu
from core.aliases import with_aliases
from core.catalog import Catalog
from core.chat import IncomingMessage, RawUpdate
from core.errors import Unreadable
from core.ids import BuildingId, channel_of
from core.ports import Channel
from core.reading.copied_chat import as_list
from core.reading.follow_up import FollowUp, follow_up
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.reading.reading import SILENCE, Reading
from core.value import value
from fallback_store import catalog_snapshots, learned_aliases
from fallback_store.database import Store
from fallback_store.messages import InboxRow


@value(frozen=True, slots=True)
class MessageRead:
    """A message and what it says on one snapshot, to the group of one building."""

    message: IncomingMessage
    reading: Reading
    follow_up: FollowUp | None
    menu: Menu | None
    building_id: BuildingId | None
    #: snapshot and aliases revision it was read with
    menu_of: tuple[int | None, int]


class MessageReader:
    """Holds the menu that messages are read with."""

    def __init__(
        self, store: Store, channels: Mapping[str, Channel], hear: Callable[[IncomingMessage], None] = lambda _: None
    ) -> None:
        """`hear`: whoever wants to know what is said in groups, and keeps none of it."""
        self._store = store
        self._channels = channels
        self._hear = hear
        # Before the first snapshot people still ask for a menu, for help, or for what cannot be had.
        self._no_dishes = MenuIndex(Catalog("", (), {}))
        #: the menu, and the snapshot and revision of the learned aliases it was built from: swapped as one, because
        #: messages are read in another thread
        self._held: tuple[Menu | None, tuple[int | None, int]] = (None, (None, 0))

    async def refresh(self, snapshot_id: int | None, aliases_revision: int) -> None:
        """Builds the menu anew unless it is of this snapshot and these aliases already."""
        menu, menu_of = self._held
        if (snapshot_id, aliases_revision) == menu_of:
            return
        snapshot = await catalog_snapshots.latest(self._store)
        if snapshot is not None:
            catalog = with_aliases(snapshot.catalog, await learned_aliases.approved(self._store))
            index = await asyncio.to_thread(MenuIndex, catalog)
            menu = Menu(catalog, index)
        self._held = (menu, (snapshot_id, aliases_revision))

    def read_all(self, rows: Sequence[InboxRow]) -> list[MessageRead | Exception]:
        """Each of them, in order."""
        return [self.read(row.update, row.building_id) for row in rows]

    def read(self, update: RawUpdate, building_id: BuildingId | None) -> MessageRead | Exception:
        """One update; what cannot be read is returned as why, for somebody to put aside.

        Unreadable where not even its sender is known, anything else where a mistake of ours lies behind it.
        """
        channel = self._channels.get(channel_of(update.chat_id))
        if channel is None:
            return Unreadable(f"no channel serves {channel_of(update.chat_id)}")
        try:
            message = channel.read(update)
        except Unreadable as unreadable:
            return unreadable
        except Exception as mistake:  # one message that trips the reader must not stop the others
            return Unreadable(f"{type(mistake).__name__}: {mistake}")
        try:
            return self._read(message, building_id)
        except Exception as mistake:  # as above
            return mistake

    def _read(self, message: IncomingMessage, building_id: BuildingId | None) -> MessageRead:
        menu, menu_of = self._held
        is_typed = bool(message.text) and not message.action
        if is_typed and message.is_group:
            self._hear(message)
        index = menu.index if menu else self._no_dishes
        if is_typed and not message.is_group and (listed := as_list(message.text, index, building_id)):
            # A captain's paste of what was said in a group where no bot can sit.
            message = replace(message, text=listed)
        reading = read(message.text, index, building_id) if is_typed else SILENCE
        refers = is_typed and not reading.lines and reading.intent in ("order", "greeting_or_chatter")
        refers_to = follow_up(message.text, index) if refers else None
        return MessageRead(message, reading, refers_to, menu, building_id, menu_of)
