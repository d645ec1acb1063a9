"""How characters sound, so that 宁檬水 is heard as 柠檬水."""

from __future__ import annotations

from array import array
from functools import cache, lru_cache
from pathlib import Path

#: What pypinyin knows of single characters; the library itself would hold 12 MB for it.
_PATH = Path(__file__).with_name("sounds.txt")
_FIRST, _LAST = ord("〇"), 0x9FFF


@lru_cache(maxsize=8192)
def sounds_of(char: str) -> tuple[str, ...]:
    """Its syllables without tones, most usual first; the character itself when it has none."""
    kinds, kind_of = _table()
    return (kinds[kind_of[ord(char) - _FIRST]] if _FIRST <= ord(char) <= _LAST else ()) or (char,)


@cache
def _table() -> tuple[list[tuple[str, ...]], array[int]]:
    """The ways characters can sound, and by character (from `_FIRST`) which of them is its own; 0 = none."""
    kinds, kind_of = list[tuple[str, ...]]([()]), array("H", bytes(2 * (_LAST + 1 - _FIRST)))
    for line in _PATH.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            *syllables, characters = line.split(" ")
            for char in characters:
                kind_of[ord(char) - _FIRST] = len(kinds)
            kinds.append(tuple(syllables))
    return kinds, kind_of


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
