"""What a picture in a message is made from: a few words in its row, pixels only when it is shown."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

#: What a pickup card needs besides its kind.
CARD_FACTS = ("number", "building", "room", "place", "code", "language")


def card_json(**facts: str) -> str:
    """A pickup card; `facts`: every one of `CARD_FACTS`, the code as stored."""
    return orjson.dumps({"kind": "pickup_card", **{name: facts[name] for name in CARD_FACTS}}).decode()


def photo_json(picture_id: str) -> str:
    """A photo somebody sent on the same channel, by the vendor's id of it."""
    return orjson.dumps({"kind": "photo", "id": picture_id}).decode()


def card_facts(made_from: str) -> Mapping[str, str] | None:
    """What the card is drawn from; None when it is no card."""
    found = _read(made_from)
    is_card = found.get("kind") == "pickup_card" and all(name in found for name in CARD_FACTS)
    return {name: str(found[name]) for name in CARD_FACTS} if is_card else None


def photo_id(made_from: str) -> str | None:
    """The vendor's id of the photo; None when it is no photo."""
    found = _read(made_from)
    return str(found["id"]) if found.get("kind") == "photo" and found.get("id") else None


def _read(made_from: str) -> Mapping[str, object]:
    try:
        found = orjson.loads(made_from)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
