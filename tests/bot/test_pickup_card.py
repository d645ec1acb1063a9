"""The pickup card: drawn when it is shown, told from afar by colour and shape, seen by nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFont

from bot.desks.order import OrderDesk
from bot.pictures.drawing import draw
from bot.pictures.pickup_card import _BANDS, _FONT, HEIGHT, WIDTH, pickup_card
from core.chat import OutgoingMessage
from core.errors import Permanent
from core.ids import ChatId, Key
from core.pickup_code import COLOURS, SHAPES, check, pickup_code
from core.picture import card_facts, card_json, photo_id, photo_json
from tests.bot.page_scene import Scene, page_scene
from tests.dialogs.shift import SETTINGS, Shift, shift
from tests.small_campus import GROUP_12

FACTS = {"number": "#12-047", "building": "12栋", "room": "305", "place": "12栋西门", "language": "zh"}
CODES = {code[:2]: code for code in (pickup_code(f"s-1-12-{n}") for n in range(1, 400)) if check(code)}


def opened(drawn: bytes) -> Image.Image:
    """The picture as pixels."""
    return Image.open(BytesIO(drawn)).convert("RGB")


def seen(card: Image.Image) -> tuple[str, int]:
    """The band's colour, and how many pixels of its shape stand out."""
    band = card.crop((0, 0, WIDTH, 400))
    corner = band.getpixel((5, 5))
    assert isinstance(corner, tuple)
    pixels = band.tobytes()
    same = sum(pixels[at : at + 3] == bytes(corner) for at in range(0, len(pixels), 3))
    return "#" + bytes(corner).hex(), WIDTH * 400 - same


def test_every_colour_and_every_shape_looks_different() -> None:
    assert len(CODES) == len(COLOURS) * len(SHAPES)
    found = {face: seen(opened(draw(card_json(code=code, **FACTS)))) for face, code in CODES.items()}
    assert {face: colour for face, (colour, _) in found.items()} == {face: _BANDS[face[0]][0] for face in CODES}
    assert len({found[f"B{shape}"][1] for shape in SHAPES}) == len(SHAPES)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_card_is_one_phone_screen_and_a_small_file(language: str) -> None:
    drawn = pickup_card(**{**FACTS, "language": language, "code": CODES["RH"]})
    assert opened(drawn).size == (WIDTH, HEIGHT)
    assert len(drawn) < 100_000


def test_words_too_long_for_a_line_get_smaller_and_stay_inside() -> None:
    words = {"building": "North Hall of Residence and Annex", "place": "by the lockers behind the west gate " * 3}
    card = opened(pickup_card(**{**FACTS, **words, "code": CODES["GC"]}))
    margins = [card.crop((0, 410, 20, HEIGHT)), card.crop((WIDTH - 20, 410, WIDTH, HEIGHT))]
    assert [margin.getcolors() for margin in margins] == [[(20 * (HEIGHT - 410), (255, 255, 255))]] * 2


def test_the_font_draws_every_character_a_name_is_likely_to_have() -> None:
    font = ImageFont.truetype(_FONT, 40)
    blank = bytes(font.getmask("\uffff"))
    characters = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xF7) for low in range(0xA1, 0xFA)]
    assert [c for c in characters if bytes(font.getmask(c)) == blank] == []


def test_a_code_of_another_kind_is_drawn_as_it_is() -> None:
    assert seen(opened(pickup_card(**FACTS, code="A-17"))) == ("#5a5a5a", 0)


@pytest.mark.parametrize(
    "made_from", ["", "{", "[]", "{}", '{"kind":"pickup_card"}', '{"kind":"photo","id":"x"}', "null"]
)
def test_what_stands_for_no_card_is_refused(made_from: str) -> None:
    assert card_facts(made_from) is None
    with pytest.raises(Permanent):
        draw(made_from)


def test_a_photo_goes_by_its_vendors_id() -> None:
    assert photo_id(photo_json("AgACAgQ")) == "AgACAgQ"
    assert photo_id(card_json(code="BC4821K", **FACTS)) is None


# In the chat -----------------------------------------------------------------------------------


@pytest.fixture
async def lunch(tmp_path: Path) -> AsyncIterator[Shift]:
    async with shift(tmp_path, [OrderDesk(SETTINGS)]) as running:
        yield running


async def test_a_student_gets_the_card_of_their_order(lunch: Shift) -> None:
    await lunch.says("anna", "/start 12")
    await lunch.says("anna", "红烧肉一份 305")
    caption = await lunch.presses("anna", "取餐卡")
    assert caption.startswith("取餐卡 #12-001\n取餐码 ")
    made_from = str(await lunch.one("SELECT picture FROM room_messages WHERE picture <> ''"))
    facts = card_facts(made_from)
    assert facts is not None
    assert facts["code"] == await lunch.one("SELECT pickup_code FROM orders")
    assert (facts["number"], facts["building"], facts["room"]) == ("#12-001", "12栋", "305")


async def test_a_group_is_shown_nobodys_card(lunch: Shift) -> None:
    await lunch.says("anna", "红烧肉一份 305", group=GROUP_12)
    assert await lunch.labels(GROUP_12) == ["撤销", "改一下"]


async def test_there_is_no_card_of_an_order_that_is_over(lunch: Shift) -> None:
    await lunch.says("anna", "/start 12")
    await lunch.says("anna", "红烧肉一份 305")
    await lunch.says("anna", "取消 #12-001")
    assert "没有要取的" in await lunch.presses("anna", "取餐卡")


# On the page -----------------------------------------------------------------------------------


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


async def fetch(scene: Scene, address: str, person: str) -> tuple[int, bytes, Any]:
    """Status, body and headers."""
    async with scene.http.get(scene.base + address, headers={"X-Person": person}) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_only_who_owns_the_room_sees_its_pictures(scene: Scene) -> None:
    message = OutgoingMessage(
        key=Key("card"), chat_id=ChatId("web:@anna"), text="取餐卡", picture=card_json(code=CODES["BC"], **FACTS)
    )
    await scene.local_chat.send(message)
    (shown,) = (await scene.get("/chat/api/@anna/messages"))["messages"]
    status, drawn, headers = await fetch(scene, shown["picture"], "anna")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert "private" in headers["Cache-Control"]
    assert opened(drawn).size == (WIDTH, HEIGHT)
    for address, person in (
        (shown["picture"], "bert"),
        ("/chat/pictures/99", "anna"),
        (f"/chat/pictures/{2**70}", "anna"),
    ):
        assert (await fetch(scene, address, person))[0] == 404


async def test_a_message_without_a_picture_has_none(scene: Scene) -> None:
    await scene.local_chat.send(OutgoingMessage(key=Key("k"), chat_id=ChatId("web:@anna"), text="好"))
    (shown,) = (await scene.get("/chat/api/@anna/messages"))["messages"]
    assert shown["picture"] == ""
    assert (await fetch(scene, f"/chat/pictures/{shown['id']}", "anna"))[0] == 404
