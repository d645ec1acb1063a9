"""Far too many hands at one sheet: rows are copied, deleted, sorted and typed into between and during every look."""

from __future__ import annotations

from pathlib import Path

import pytest

from drills.sheet_doubles.crowd import crowd


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 9, 28, 34])
async def test_no_edit_is_lost_where_it_was_once(tmp_path: Path, seed: int) -> None:
    result = await crowd(tmp_path, seed)
    assert result.edits > 100
    assert result.lost == []


@pytest.mark.parametrize("seed", [45, 63, 82])
async def test_an_edit_that_cannot_be_known_is_asked_about(tmp_path: Path, seed: int) -> None:
    result = await crowd(tmp_path, seed)
    assert result.lost
    assert result.silent == []


async def test_a_sheet_as_large_as_a_canteens_loses_nothing(tmp_path: Path) -> None:
    result = await crowd(tmp_path, 5, dishes=300, looks=25)
    assert result.lost == []
    assert result.asked < result.edits / 20
