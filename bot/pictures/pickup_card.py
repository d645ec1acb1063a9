"""The pickup card: a colour and a shape to see from afar, the order's number and code to read, and where to go."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from core.pickup_code import COLOURS, SHAPES, check
from core.texts import text

#: Pixels; a phone held upright shows it whole.
WIDTH, HEIGHT = 720, 900
_BAND = 400
_MARGIN = 40
_INK, _PAPER, _QUIET = "#111111", "#ffffff", "#5a5a5a"

#: By the code's letter: the band's colour, and what stands out on it.
_BANDS: Final = {
    "R": ("#c62828", _PAPER),
    "Y": ("#ffd600", _INK),
    "G": ("#2e7d32", _PAPER),
    "B": ("#1565c0", _PAPER),
    "P": ("#7b1fa2", _PAPER),
    "K": ("#000000", _PAPER),
}
_FONT: Final = Path(__file__).parent / "fonts" / "wqy-microhei-gb2312.ttf"


def pickup_card(*, number: str, building: str, room: str, place: str, code: str, language: str) -> bytes:
    """The card as PNG. `code`: as stored (`BC4821K`); `room`: "" = picked up downstairs."""
    is_ours = check(code) and code[0] in COLOURS and code[1] in SHAPES
    band, stands_out = _BANDS[code[0]] if is_ours else (_QUIET, _PAPER)
    card = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, WIDTH, _BAND), fill=band)
    if is_ours:
        _shape(pen, code[1], WIDTH / 2, _BAND / 2, 145, stands_out)
        # The colour in words too: not everybody tells them apart.
        code = f"{text(language, f'colour_{COLOURS[code[0]]}')} {code[2:]}"
    room = room or text(language, "room_none")
    _centred(pen, number, 415, 150, _INK)
    _centred(pen, code, 585, 110, _INK)
    _centred(pen, text(language, "cart_place", building=building, room=room), 725, 60, _INK)
    _centred(pen, text(language, "card_place", place=place), 810, 48, _QUIET)
    picture = BytesIO()
    card.save(picture, "PNG", optimize=True)
    return picture.getvalue()


def _centred(pen: ImageDraw.ImageDraw, words: str, top: float, height: int, colour: str) -> None:
    """One line, made smaller until it fits."""
    size = height
    while size > 12 and pen.textlength(words, font=_font(size)) > WIDTH - 2 * _MARGIN:
        size -= 4
    pen.text((WIDTH / 2, top + height / 2), words, font=_font(size), fill=colour, anchor="mm")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size)


def _shape(pen: ImageDraw.ImageDraw, letter: str, x: float, y: float, r: float, colour: str) -> None:
    match letter:
        case "C":
            pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        case "S":
            side = r * 0.9
            pen.rectangle((x - side, y - side, x + side, y + side), fill=colour)
        case "T":
            pen.polygon([(x, y - r), (x + r * 1.1, y + r * 0.85), (x - r * 1.1, y + r * 0.85)], fill=colour)
        case "D":
            pen.polygon([(x, y - r * 1.15), (x + r, y), (x, y + r * 1.15), (x - r, y)], fill=colour)
        case "H":
            lobe = r * 0.56
            for side in (-1, 1):
                middle = x + side * lobe * 0.93
                pen.ellipse((middle - lobe, y - r * 0.9, middle + lobe, y - r * 0.9 + 2 * lobe), fill=colour)
            wide = lobe * 1.82
            pen.polygon([(x - wide, y - r * 0.12), (x + wide, y - r * 0.12), (x, y + r)], fill=colour)
