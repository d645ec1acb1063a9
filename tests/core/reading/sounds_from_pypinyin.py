"""Writes core/reading/sounds.txt anew: `python -m tests.core.reading.sounds_from_pypinyin`."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")  # 65 MB that single characters do not need

from pypinyin import Style, pinyin

PATH = Path(__file__).parents[3] / "core" / "reading" / "sounds.txt"
_HEAD = """\
# How characters sound without tones: syllables, the most usual first, then the characters that sound so.
# Written by tests/core/reading/sounds_from_pypinyin.py; do not edit.
"""
#: how many sounds of one character are tried: 乐 is le and yue
_SOUNDS_TRIED = 3
_CHARACTERS = "〇" + "".join(map(chr, range(0x4E00, 0xA000)))


def sounds_of(char: str) -> tuple[str, ...]:
    """Its syllables as pypinyin knows them; the character itself when it has none."""
    (heard,) = pinyin(char, style=Style.NORMAL, heteronym=True, errors="default")
    return tuple(dict.fromkeys(heard))[:_SOUNDS_TRIED]


def written() -> str:
    """What the file has to say."""
    lines: dict[tuple[str, ...], str] = {}
    for char in _CHARACTERS:
        if (sounds := sounds_of(char)) != (char,):
            lines[sounds] = lines.get(sounds, "") + char
    return _HEAD + "".join(f"{' '.join(sounds)} {chars}\n" for sounds, chars in sorted(lines.items()))


if __name__ == "__main__":
    PATH.write_text(written(), encoding="utf-8")
