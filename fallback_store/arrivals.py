"""What the front desk has to know of a message before a desk sees it, in one question to the store."""

from __future__ import annotations

from datetime import datetime

from core.chat import Chat, IncomingMessage, Person
from core.directory import Building
from core.ids import Key
from core.mode import ModeState
from core.value import value
from fallback_store import incident_log, people
from fallback_store.database import Tx


@value(frozen=True, slots=True)
class Arrival:
    """How a message stands, who speaks where, and who is in charge."""

    #: it was received before; a redelivery, unless it waits in the inbox
    is_known: bool
    #: somebody is served before it
    others_wait: bool
    #: the newest catalog snapshot (None = there is none) and the revision of the learned aliases
    menu_of: tuple[int | None, int]
    #: None: nothing was ever heard from there
    chat: Chat | None
    person: Person
    #: they are remembered, under the name they go by now
    is_remembered: bool
    mode: ModeState
    #: the building of the chat, else the person's own
    home: Building | None
    #: there is a shared stock sheet that may have grown old
    has_sheet: bool
    #: this person was asked something in this chat, and may have answered; it may have expired
    was_asked: bool
    #: when this person last ordered, ms; 0 = never
    ordered_ms: int


# One statement, because each costs as much again as the rows it looks at.
_LOOK = f"""SELECT EXISTS (SELECT 1 FROM inbox WHERE key = ?1), EXISTS (SELECT 1 FROM inbox WHERE state = 'waiting'),
    (SELECT max(id) FROM catalog_snapshots), (SELECT max(revision) FROM learned_aliases),
    chats.building_id, is_group, chats.language, speaks,
    people.name, people.building_id, room, people.language,
    (SELECT group_concat(role || ' ' || scope, char(10)) FROM roles WHERE person_id = ?3),
    EXISTS (SELECT 1 FROM drafts WHERE chat_id = ?2 AND person_id = ?3 AND kind = 'question'),
    EXISTS (SELECT 1 FROM sheet_states), (SELECT max(placed_ms) FROM orders WHERE person_id = ?3),
    buildings.id, buildings.name, aliases, pickup_place,
    {incident_log.NEWEST_COLUMNS}
    FROM (SELECT 1) LEFT JOIN chats ON chats.id = ?2 LEFT JOIN people ON people.id = ?3
    LEFT JOIN buildings ON buildings.id = coalesce(chats.building_id, people.building_id)
    {incident_log.NEWEST_JOINS}"""


def look(tx: Tx, key: Key, message: IncomingMessage, now: datetime) -> Arrival:
    """Writes nothing: a chat is remembered by `people.new_chat`, a person by `people.remember`.

    `key`: of the update the message was read from.
    """
    found = tx.execute(_LOOK, (key, message.chat_id, message.person_id)).fetchone()
    is_known, others_wait, snapshot_id, revision, building_id, is_group, language, speaks = found[:8]
    known_name, lives_in, room, spoken, roles, was_asked, has_sheet, ordered_ms = found[8:16]
    chat = Chat(message.chat_id, building_id, bool(is_group), language, speaks == "mentions")
    person = Person(
        message.person_id,
        message.person_name or known_name or "",
        lives_in,
        room or "",
        people.roles_from_lines(roles),
        spoken or "",
    )
    return Arrival(
        is_known=bool(is_known),
        others_wait=bool(others_wait),
        menu_of=(snapshot_id, revision or 0),
        chat=None if is_group is None else chat,
        person=person,
        is_remembered=known_name is not None and message.person_name in ("", known_name),
        mode=incident_log.state_of(found[20:], now),
        home=None if found[16] is None else people.building_from(*found[16:20]),
        has_sheet=bool(has_sheet),
        was_asked=bool(was_asked),
        ordered_ms=ordered_ms or 0,
    )
