"""Money is integer fen everywhere; yuan exist only in what people read."""

from __future__ import annotations


def yuan(fen: int) -> str:
    """What a person reads: 1600 → `¥16`, 1650 → `¥16.5`, 1655 → `¥16.55`, -200 → `-¥2`."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    whole, rest = divmod(fen, 100)
    return f"{sign}¥{whole}" if not rest else f"{sign}¥{whole}." + f"{rest:02d}".rstrip("0")
