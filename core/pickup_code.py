"""The code a student shows for their bag: a colour, a shape, digits, and a character that catches a misreading."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from operator import mul

from core.texts import LANGUAGES, text

#: Letter in the code → name of the colour; told apart by word as well as by eye.
COLOURS = {"R": "red", "Y": "yellow", "G": "green", "B": "blue", "P": "purple", "K": "black"}
#: Letter in the code → the shape people see.
SHAPES = {"C": "●", "S": "■", "T": "▲", "D": "◆", "H": "♥"}
DIGITS = 4

#: 31 characters, a prime: with a weight of its own per place, every single wrong character and every two swapped
#: ones change the sum. I, L, O, Q and U are missing because people read them as 1, 0 and V.
_ALPHABET = "0123456789ABCDEFGHJKMNPRSTVWXYZ"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_FACES = [colour + shape for colour in COLOURS for shape in SHAPES]


def pickup_code(order_id: str, digits: int = DIGITS) -> str:
    """The code of an order, in the stored form every language shares, such as `BC4821K`; always the same.

    Orders of one building and epoch never share a code (up to 30 × 10^digits of them): their number is shuffled,
    not hashed, so that neighbours look different and no two collide.
    """
    family, _, number = order_id.rpartition("-")
    position = int(number) if number.isascii() and number.isdigit() else _keys(order_id)[0]
    face, tail = _shuffle(family, position, 10**digits)
    body = f"{_FACES[face]}{tail:0{digits}d}"
    return body + _check_character(body)


def check(code: str) -> bool:
    """Whether a stored-form code is one we could have given; false for any one wrong or any two swapped characters."""
    if len(code) < 4 or code[0] not in COLOURS or code[1] not in SHAPES:
        return False
    body, last = code[:-1], code[-1]
    return body[2:].isascii() and body[2:].isdigit() and _check_character(body) == last


def describe(code: str, language: str) -> str:
    """How people see it: `蓝●4821K`, `blue ● 4821K`. A code of another kind is shown as it is."""
    if not check(code):
        return code
    return text(language, "pickup_code", colour=_colour_word(code[0], language), shape=SHAPES[code[1]], digits=code[2:])


def read_code(typed: str) -> str | None:
    """The stored form of a code as people type or say it (`蓝●4821k`, `blue circle 4821 K`); None when it is none."""
    plain = re.sub(r"[\s·\-]+", "", unicodedata.normalize("NFKC", typed)).upper()
    for words, letter in _SPOKEN:
        plain = plain.replace(words, letter)
    return plain if check(plain) else None


def _colour_word(letter: str, language: str) -> str:
    return text(language, f"colour_{COLOURS[letter]}")


def _shuffle(family: str, position: int, tails: int) -> tuple[int, int]:
    # A Feistel network over (face, tail): each round adds a chance value of one half to the other, which can
    # always be undone, so different positions stay different.
    face, tail = position // tails % len(_FACES), position % tails
    first, second, third, fourth = _keys(family)
    face = (face + _chance(tail, first)) % len(_FACES)
    tail = (tail + _chance(face, second)) % tails
    face = (face + _chance(tail, third)) % len(_FACES)
    tail = (tail + _chance(face, fourth)) % tails
    return face, tail


@lru_cache(maxsize=1024)
def _keys(family: str) -> tuple[int, ...]:
    """A key for each round, from what the orders of one building and epoch share."""
    digest = blake2b(family.encode(), digest_size=32).digest()
    return tuple(int.from_bytes(digest[at : at + 8]) | 1 for at in range(0, 32, 8))


def _chance(value: int, key: int) -> int:
    # The middle bits of a product depend on all bits of both.
    return (value + 1) * key >> 30 & 0xFFFFFF


def _check_character(body: str) -> str:
    # Weights 2, 3, 4 … for the body and -1 for the check character: all different and none 0 modulo 31.
    total = sum(map(mul, count(2), map(_VALUE.__getitem__, body)))
    return _ALPHABET[total % len(_ALPHABET)]


_NAMES_OF_SHAPES = {
    "C": ("CIRCLE", "圆形", "圆"),
    "S": ("SQUARE", "方形", "方块", "方"),
    "T": ("TRIANGLE", "三角形", "三角"),
    "D": ("DIAMOND", "菱形", "菱"),
    "H": ("HEART", "心形", "爱心", "心", "❤\ufe0f", "❤"),
}
#: What people type for a letter of the code, longest first.
_SPOKEN = sorted(
    [(_colour_word(letter, language).upper(), letter) for letter in COLOURS for language in LANGUAGES]
    + [(_colour_word(letter, "zh") + "色", letter) for letter in COLOURS]
    + [(shape, letter) for letter, shape in SHAPES.items()]
    + [(word, letter) for letter, words in _NAMES_OF_SHAPES.items() for word in words],
    key=lambda spoken: -len(spoken[0]),
)
