"""What Telegram marks in a text by itself: commands, mentions, addresses; offsets count UTF-16 units."""

from __future__ import annotations

import re

from drills.telegram_double.values import Json

MOST_TEXT = 4096  # in one message; UTF-16 units are the strictest reading of the vendor's "characters"
_MARKS = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/]))"
    r"|(?P<mention>(?<!\w)@[A-Za-z]\w{2,31})"
    r"|(?P<url>https?://[^\s<>\"]+)",
    re.ASCII,
)


def units(text: str) -> int:
    """Its length as Telegram counts: an emoji outside the basic plane is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def marks(text: str) -> list[Json]:
    """The `MessageEntity` list of a text somebody typed."""
    if not any(sign in text for sign in "/@"):
        return []
    return [
        {"type": str(found.lastgroup), "offset": units(text[: found.start()]), "length": units(found[0])}
        for found in _MARKS.finditer(text)
    ]


def marked(text: str, entity: Json) -> str:
    """The words an entity covers."""
    raw = text.encode("utf-16-le", "surrogatepass")
    piece = raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])]
    return piece.decode("utf-16-le", "surrogatepass")
