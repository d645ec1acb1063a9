"""What a chat message was understood to say: the values every reader returns and every desk consumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.ids import ItemId
from core.value import value

Intent = Literal["order", "cancel", "status", "menu", "help", "greeting_or_chatter", "relay"]


@value(frozen=True, slots=True)
class ReadLine:
    """One item × quantity that was asked for, in words."""

    item_id: ItemId
    quantity: int
    #: canonical option names, as the catalog spells them; only what was said, never a default
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadPerson:
    """One person's entry in a 接龙 list."""

    name: str
    lines: tuple[ReadLine, ...]
    room: str | None = None


@value(frozen=True, slots=True)
class Reading:
    """The whole message. `greeting_or_chatter` means: say nothing."""

    intent: Intent
    lines: tuple[ReadLine, ...] = ()
    #: the room as typed, without building or 寝; None when unsaid
    room: str | None = None
    #: wishes no option covers, phone numbers, delivery wishes: free text
    note: str | None = None
    #: `kind` or `kind:detail`: ambiguous, unknown, quantity_too_large, quantity_invalid, needs_context, other_building
    problems: tuple[str, ...] = ()
    #: filled for intent `relay` only
    people: tuple[ReadPerson, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the person answered when they were asked about words of their message, by the words as they typed them."""

    #: which item was meant
    items: Mapping[str, ItemId] = field(default_factory=dict)
    #: how many of it
    counts: Mapping[str, int] = field(default_factory=dict)


NOTHING_CHOSEN = Chosen()
SILENCE = Reading("greeting_or_chatter")
