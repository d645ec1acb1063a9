"""The same talk over an English menu: the code knows no menu and no language of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dialogs.lunch_menus import DINER
from tests.dialogs.script import play
from tests.dialogs.talk import Talk, talking


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(tmp_path, menu=DINER, language="en") as running:
        yield running


async def test_an_order_and_the_same_again_by_somebody_else(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: two cheeseburgers with no onions please, room 305
        > Noted #12-001
        > cheeseburger ×2 (no onions)
        bo: same as above
        > Which room?
        bo: room 306
        > Noted #12-002
        > cheeseburger ×2 (no onions)
        """,
    )


async def test_one_more_of_ones_own(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: i'd like a large lemonade, room 305
        > Noted #12-001
        anna: one more please
        > Noted #12-002
        > lemonade ×1 (large)
        """,
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("make it large", "lemonade ×1 (large) ¥8"),
        ("no ice please", "lemonade ×1 (no ice) ¥7"),
        ("make it two", "lemonade ×2 ¥14"),
        ("to room 306", "to 306"),
    ],
)
async def test_the_last_order_changes(talk: Talk, words: str, line: str) -> None:
    await play(talk, f"anna: one lemonade, room 305\n> Noted #12-001\nanna: {words}\n> Changed #12-001\n> {line}")


async def test_another_dish_in_its_place_is_shown_first(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: two french fries, room 305
        > Noted #12-001
        anna: change the fries to lemonade
        > Change #12-001 to this?
        > lemonade ×2
        anna: yes
        > Changed #12-001
        """,
    )


async def test_the_last_order_is_called_off(talk: Talk) -> None:
    await play(talk, "anna: one lemonade, room 305\nanna: cancel\n> #12-001 is cancelled")


async def test_a_number_that_cannot_be_is_asked_for(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: 50 cheeseburgers, room 305
        > How many of
        anna: 3
        > Noted #12-001
        > cheeseburger ×3
        """,
    )


async def test_talk_is_not_answered(talk: Talk) -> None:
    await play(talk, "anna: anyone up for football tonight?\n> —\nbo: +1\n> —\nchen: lol same\n> —")


async def test_a_cart_from_the_link_to_the_card(talk: Talk) -> None:
    await play(
        talk,
        """
        anna (private): /start 12
        > Hello! What you order goes to 12栋
        anna (private) presses Corner Diner
        > Corner Diner
        anna (private) presses cheeseburger ¥25 · 20 left
        anna (private) presses Cart (1 for ¥25)
        > Cart (not ordered yet):
        > to 12栋 (you are asked for the room when you order)
        anna (private) presses cheeseburger (options) ×1
        anna (private) presses no onions
        > cheeseburger ×1 (no onions)
        anna (private) presses ← Cart
        anna (private) presses Add a note
        > the kitchen sees it
        anna (private): well done
        > Note: well done
        anna (private) presses Order ¥25
        > Which room?
        anna (private): 305
        > Noted #12-001
        > cheeseburger ×1 (no onions)
        anna (private) presses Pickup card
        > Pickup card #12-001
        anna (private): my orders
        > #12-001
        """,
    )
    assert "Undo #12-001" in talk.buttons


async def test_the_same_order_again_is_asked_about(talk: Talk) -> None:
    await play(
        talk,
        """
        anna: a cheeseburger please, room 305
        > Noted #12-001
        anna: a cheeseburger please, room 305
        > You ordered the same a moment ago: #12-001 is noted here, and was not noted twice.
        anna: another cheeseburger please, room 305
        > Noted #12-002
        """,
    )
