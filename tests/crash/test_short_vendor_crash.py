"""A few kills while people order in a vendor's chat: what was not answered comes again, and makes one order."""

from __future__ import annotations

from pathlib import Path

import pytest

from drills.crash.campaign import Campaign

KILLS = 3


@pytest.mark.crash
@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("chat", ["telegram", "telegram-webhook", "wechat"])
async def test_kills_over_a_vendors_chat_lose_double_and_oversell_nothing(tmp_path: Path, chat: str) -> None:
    report = await Campaign(tmp_path, KILLS, seed=5, chat=chat).run()
    found = report.counts()
    assert report.findings == []
    assert found["kills"] == KILLS
    assert found["acknowledged"] > 0
    assert found["lost"] == found["doubled"] == found["oversold"] == 0
