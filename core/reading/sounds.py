"""How characters sound, so that 宁檬水 is heard as 柠檬水. The only place that imports pypinyin."""

from __future__ import annotations

import os
from functools import lru_cache

# pypinyin reads these when it is imported: without them it holds 65 MB of phrases we never ask for.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")

from pypinyin import Style, pinyin

#: how many sounds of one character are tried: 乐 is le and yue
_SOUNDS_TRIED = 3


@lru_cache(maxsize=8192)
def sounds_of(char: str) -> tuple[str, ...]:
    """Its syllables without tones, most usual first; the character itself when it has none."""
    heard = pinyin(char, style=Style.NORMAL, heteronym=True, errors="default")
    found = tuple(dict.fromkeys(heard[0]))[:_SOUNDS_TRIED] if heard else ()
    return found or (char,)


@lru_cache(maxsize=8192)
def ear_of(char: str) -> str:
    """Its first syllable as a careless ear hears it: zh=z, ch=c, sh=s, n=l, ang=an, eng=en, ing=in."""
    return _blur(sounds_of(char)[0])


def ears(word: str) -> str:
    """A word as heard, syllables parted by spaces."""
    return " ".join(map(ear_of, word))


def full_pinyin(word: str) -> str:
    """`huangmenji` for 黄焖鸡."""
    return "".join(sounds_of(char)[0] for char in word)


def initials(word: str) -> str:
    """`hmj` for 黄焖鸡."""
    return "".join(sounds_of(char)[0][:1] for char in word)


def sound_alike(a: str, b: str) -> bool:
    """Whether two characters share a sound, as a careless ear hears it."""
    return a == b or not {_blur(s) for s in sounds_of(a)}.isdisjoint(_blur(s) for s in sounds_of(b))


def _blur(syllable: str) -> str:
    if len(syllable) > 1 and syllable[1] == "h":
        syllable = syllable[0] + syllable[2:]
    if syllable[:1] == "n":
        syllable = "l" + syllable[1:]
    return syllable[:-1] if syllable.endswith("ng") else syllable
