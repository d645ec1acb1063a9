"""What every desk gets and gives: a visit in, an answer out, inside one unit of work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from core.catalog import Catalog
from core.chat import ButtonRows, Chat, IncomingMessage, Person
from core.directory import Building
from core.ids import BuildingId
from core.mode import ModeState
from core.reading.follow_up import FollowUp
from core.reading.menu_index import MenuIndex
from core.reading.reading import Reading
from core.value import value
from fallback_store.database import Tx


@dataclass(frozen=True, slots=True)
class Menu:
    """The catalog snapshot a message is read with."""

    catalog: Catalog
    index: MenuIndex


@value(frozen=True, slots=True, kw_only=True)
class Visit:
    """One message at the desk, with everything a desk may look at besides the store."""

    message: IncomingMessage
    chat: Chat
    person: Person
    mode: ModeState
    #: None when there is no snapshot yet: the bot has no menu and says so
    menu: Menu | None
    #: what the text says; chatter for a pressed button
    reading: Reading
    #: what it asks to do with an earlier order; None: nothing, or it names a dish itself
    follow_up: FollowUp | None
    now: datetime
    language: str
    #: the building it concerns
    home: Building | None
    #: there is a shared stock sheet that may have grown old
    has_sheet: bool
    #: this person has, or had, a question open in this chat
    was_asked: bool
    #: when this person last ordered, ms; 0 = never
    ordered_ms: int

    @property
    def is_overheard(self) -> bool:
        """Said in a group that wants nothing but mentions answered, and to somebody else."""
        return self.chat.is_quiet and self.chat.is_group and not self.message.is_addressed

    @property
    def building_id(self) -> BuildingId | None:
        """The building it concerns: the group's, else the person's own; None = ask."""
        return self.chat.building_id or self.person.building_id


@value(frozen=True, slots=True)
class Answer:
    """What the desk says back. SILENCE: nothing, and a group's text is not kept."""

    text: str = ""
    buttons: ButtonRows = ()
    #: nothing came of it: what the person had prepared (a cart) is kept for another try
    is_refusal: bool = False
    #: told to whoever pressed the button, and to nobody else, where a channel can; without any text a channel that
    #: cannot says it as a message
    toast: str = ""
    #: takes the place of the message whose button was pressed, where a channel can
    is_edit: bool = False
    #: as in OutgoingMessage
    brief: str = ""
    picture: str = ""


SILENCE = Answer()


def in_place(answer: Answer) -> Answer:
    """The answer in the place of the message whose button was pressed; a toast alone leaves that as it is."""
    return replace(answer, is_edit=True, brief="") if answer.text else answer


class Desk(Protocol):
    """Serves one kind of person. Synchronous: runs in the store's writer thread, inside the unit of work."""

    def wants(self, visit: Visit) -> bool:
        """Whether this message is for this desk; decided without the store."""
        ...

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Does what was asked and says what was done. An exception undoes everything it wrote."""
        ...
