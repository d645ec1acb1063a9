"""Draws the picture a message stands for, when it is shown and not before: a row holds a few words, not pixels."""

from __future__ import annotations

from core.errors import Permanent
from core.picture import card_facts


def draw(made_from: str) -> bytes:
    """The picture an `OutgoingMessage.picture` stands for, PNG; takes some 50 ms, so not on the event loop.

    Raises: Permanent when it stands for nothing we can draw.
    """
    facts = card_facts(made_from)
    if facts is None:
        raise Permanent("this stands for no picture we can draw")
    # The imaging library is 8 MB that most processes never need.
    from bot.pictures.pickup_card import pickup_card

    return pickup_card(**facts)
