"""A short run of `make crash`: the real service and a real primary, killed with SIGKILL while a campus uses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from drills.crash.campaign import Campaign

KILLS = 8


@pytest.mark.crash
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_eight_kills_lose_double_and_oversell_nothing(tmp_path: Path) -> None:
    report = await Campaign(tmp_path, KILLS, seed=3).run()
    found = report.counts()
    assert report.findings == []
    assert found["kills"] == KILLS
    assert found["kills_in_hand_back"] > 0
    assert found["acknowledged"] > KILLS
    assert found["acknowledged"] == found["applied"] + found["cancelled"]
    assert report.verdict is not None
    assert all(ours == theirs for ours, theirs in report.verdict.totals.values())
