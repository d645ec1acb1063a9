"""What a vendor's chat can do and how much it allows: all the sender has to know about a channel."""

from __future__ import annotations

from dataclasses import dataclass

from core.budgets import NO_LIMITS, Limits
from core.chat import Manner


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One per channel."""

    #: how often something may be said
    limits: Limits = NO_LIMITS
    #: what it has beyond messages
    manners: frozenset[Manner] = frozenset()
    #: a message can be changed after it was said, and nobody's phone rings for it
    can_edit: bool = False
    #: characters (UTF-16) of one message; longer ones are said in parts. None = no limit
    longest_text: int | None = None
