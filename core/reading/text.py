"""One spelling for everything people type: full-width forms, traditional characters, emoji, circled numbers."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from core.reading.traditional import SIMPLIFIED
from core.value import value

#: Longer messages are read up to here: no order is that long, and the cost of reading stays bounded.
MAX_CHARS: Final = 10_000

# A keycap or circled number opens a list entry: "①小王" means "1. 小王". NFKC alone would make it "1小王".
_KEYCAP = re.compile("([0-9])\ufe0f?\u20e3")
_CIRCLED = re.compile("[①-⑳❶-❿➀-➉➊-➓⓪]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\u00ad]")
_PICTURE = re.compile(
    "[\u2190-\u21ff\u2300-\u2bff\u3200-\u33ff\ue000-\uf8ff\U0001f000-\U0001faff\U000e0000-\U000e007f]"
)
# With a space, so that it stays apart from a Latin name: oreo×5.
_TIMES_SIGNS = frozenset("×✕✖╳⨯")
_TIMES = str.maketrans(dict.fromkeys(_TIMES_SIGNS, " x"))
# One character each way, so that `typed` and `plain` stay aligned.
_SAME_SIGN = str.maketrans(
    {
        "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\t": " ", "\u3000": " ", "\xa0": " ",
        "。": ".", "｡": ".", "、": "、", "､": "、", "【": "(", "】": ")", "「": " ", "」": " ", "『": " ", "』": " ",
        "《": " ", "》": " ", "〈": " ", "〉": " ", "“": " ", "”": " ", '"': " ", "‘": "'", "’": "'", "`": "'",
        "﹣": "-", "−": "-", "–": "-", "—": "-", "―": "-", "─": "-", "·": " ", "•": " ", "★": " ", "☆": " ", "※": " ",
        "[": "(", "]": ")", "{": " ", "}": " ", "丨": " ", "|": " ", "→": " ", "〜": "~", "^": " ",
    }
)  # fmt: skip
# Both in one pass: a table costs more per character than any other step.
_PLAIN = _SAME_SIGN | {char: simple.translate(_SAME_SIGN) for char, simple in SIMPLIFIED.items()}


@value(frozen=True, slots=True)
class Text:
    """A message twice, character by character in step."""

    #: as the person typed it, in one width (NFKC)
    typed: str
    #: lower case, simplified characters, pictures as spaces: what is looked up
    plain: str


def normalise(raw: str) -> Text:
    """`raw` in the one spelling the other rooms read. Never longer than MAX_CHARS."""
    raw = raw[:MAX_CHARS]
    if raw.isascii():
        typed = raw.replace("\r\n", "\n")
        return Text(typed, typed.lower().translate(_SAME_SIGN))
    if not _TIMES_SIGNS.isdisjoint(raw):
        raw = raw.translate(_TIMES)
    if "\u20e3" in raw:
        raw = _KEYCAP.sub(r" \1. ", raw)
    raw = _CIRCLED.sub(_circled, raw)
    typed = unicodedata.normalize("NFKC", raw)
    typed = _INVISIBLE.sub("", typed.replace("\r\n", "\n"))[:MAX_CHARS]
    plain = typed.lower()
    if len(plain) != len(typed):  # a few letters grow when lowered, such as İ
        plain = "".join(c.lower() if len(c.lower()) == 1 else c for c in typed)
    return Text(typed, _PICTURE.sub(" ", plain.translate(_PLAIN)))


def plain(raw: str) -> str:
    """A menu word in the spelling that messages are looked up in."""
    return normalise(raw).plain.strip()


def is_cjk(char: str) -> bool:
    """A Chinese character."""
    return "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U0003ffff"


def _circled(match: re.Match[str]) -> str:
    number = unicodedata.numeric(match[0], 0)
    return f" {int(number)}. "
