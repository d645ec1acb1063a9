"""What a person can do about an event that the primary did not take, by the primary's reason."""

from __future__ import annotations

#: By the code of docs/primary-api.yaml, and by our own words for what never got an answer.
HINTS: dict[str, str] = {
    "sold_out": "Offer the student another dish, then send it again corrected; or cancel the order.",
    "price_changed": "Agree on the new price with the student, then send it again corrected.",
    "merchant_closed": "Ask the merchant whether they still cook it; otherwise cancel the order.",
    "unknown_item": "The primary's menu lacks this dish: ask its operator, or cancel the order.",
    "unknown_building": "The primary's directory lacks this building: ask its operator to add it, then try again.",
    "unknown_order": "Settle this order's order.placed first; this event is then sent again by itself.",
    "stale_epoch": "The primary takes nothing more under this epoch: have its operator enter it by hand.",
    "key_reused": "The primary holds something else under this key: compare both with its operator before any retry.",
    "malformed": "Show the event and the primary's answer to the primary's operator, then try again.",
    "too_large": "The primary takes no event of this size: have its operator enter it by hand.",
    "no_answer": "The primary's answers keep leaving this event out: ask its operator whether it has it.",
    "not_now": "The primary kept answering 'not now': ask its operator why, then try again.",
}
_OTHER = "Ask the primary's operator what this reason means, then try again or cancel the order."


def hint_for(code: str) -> str:
    """What to do now; a sentence for the parked list."""
    return HINTS.get(code, _OTHER)


def reason_text(code: str, message: str) -> str:
    """`code` or `code: message`; `code_of` reads the first part back."""
    code = code.strip() or "other"
    return f"{code}: {message}" if message else code


def code_of(reason: str) -> str:
    """The code a parked event's reason starts with."""
    return reason.partition(":")[0]
