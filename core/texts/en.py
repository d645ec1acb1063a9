"""What people read in English."""

from __future__ import annotations

# Same names and placeholders as zh.py, in the same order.
TEXTS: dict[str, str] = {
    # Time and numbers ------------------------------------------------------------------------
    "ago_days": "{count} d ago",
    "ago_hours": "{count} h ago",
    "ago_minutes": "{count} min ago",
    "ago_now": "just now",
    # Modes -----------------------------------------------------------------------------------
    "mode_emergency": "emergency ordering is on",
    "mode_handing_back": "handing back to the platform",
    "mode_normal": "normal",
    "mode_partial": "one part is broken",
    "mode_watching": "watching",
    # Pickup codes ----------------------------------------------------------------------------
    "colour_black": "black",
    "colour_blue": "blue",
    "colour_green": "green",
    "colour_purple": "purple",
    "colour_red": "red",
    "colour_yellow": "yellow",
    "pickup_code": "{colour} {shape} {digits}",
}
