"""What a courier of very many buildings reads: nothing is left out without a word."""

from __future__ import annotations

import pytest

from bot.desks.courier_words import PLACES_SHOWN, buildings
from core.directory import Building
from core.ids import BuildingId


@pytest.mark.parametrize("language", ["zh", "en"])
def test_buildings_that_got_no_button_are_counted(language: str) -> None:
    mine = [Building(BuildingId(str(number)), f"{number}栋", ()) for number in range(PLACES_SHOWN + 3)]
    counts = dict.fromkeys((building.id for building in mine), 1)
    shown = buildings(language, mine, counts)
    assert len(shown.buttons) == PLACES_SHOWN + 1
    last = shown.text.splitlines()[-1]
    assert " 3 " in last
    # As many as fit leave nothing out, and nothing is said.
    assert len(buildings(language, mine[:PLACES_SHOWN], counts).text.splitlines()) == 1
