"""Two people, many orders a second and the mirror at one sheet: no edit is lost, no figure stays wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from drills.fast_clock import FastClock
from drills.sheet_doubles.canteen import open_canteen
from drills.sheet_doubles.race import Race


@pytest.mark.parametrize("kind", ["google", "feishu"])
async def test_a_race_loses_no_edit_and_leaves_no_wrong_cell(tmp_path: Path, kind: Literal["google", "feishu"]) -> None:
    async with open_canteen(kind, tmp_path, FastClock(15), dishes=300) as canteen:
        canteen.vendor.trouble.latency_s = 0.6
        result = await Race(canteen, seed=11, seconds=25).run()
    assert result.edits > 20
    assert result.orders > 50
    assert (result.lost, result.wrong) == ([], [])
    assert canteen.vendor.double.refused == 0
