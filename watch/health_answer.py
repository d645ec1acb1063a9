"""Reads a health answer: the word the primary has for itself, maintenance, and its checks of single things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

_WELL: Final = frozenset({"pass", "ok", "up", "warn"})
#: Checks whose name says that they are about one merchant or canteen.
_PLACES: Final = {"merchant": "merchant_ok", "canteen": "canteen_ok"}
#: Checks looked at in one answer.
_MOST = 500


def read_health(body: bytes) -> dict[str, float]:
    """`is_well`, `maintenance`, and of health+json's `checks` one figure each; all unknown for what is no JSON.

    A check `merchant:noodles` becomes `merchant_ok:noodles`, any other `check_ok:NAME`.
    """
    try:
        data = orjson.loads(body)
        found = {
            "is_well": float(str(data["status"]).lower() in _WELL),
            "maintenance": float(data.get("maintenance") is True),
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    checks = data.get("checks")
    return found | dict(_checks(checks if isinstance(checks, dict) else {}))


def _checks(checks: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, answers in list(checks.items())[:_MOST]:
        # The draft has a list for each, as a thing may be there several times; some primaries write one object.
        listed = answers if isinstance(answers, list) else [answers]
        words = [str(answer["status"]).lower() for answer in listed if isinstance(answer, dict) and "status" in answer]
        if words:
            kind, _, label = name.partition(":")
            shown = f"{_PLACES[kind]}:{label}" if kind in _PLACES and label else f"check_ok:{name.replace(' ', '_')}"
            yield shown, float(all(word in _WELL for word in words))
