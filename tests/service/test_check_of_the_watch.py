"""`check` names the figures the platform shows, and what to do where it shows none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.settings import PrimarySettings, Settings, WatchSettings
from drills.twin_process import TwinProcess
from service.checking_watch import check_watch
from service.finding import Finding


async def found(twin: TwinProcess, **watch: Any) -> list[Finding]:
    primary = PrimarySettings(base_url=twin.base_url, token=twin.token)
    return await check_watch(Settings(primary=primary, watch=WatchSettings(**watch)))


async def test_what_the_platform_shows_is_named_and_what_it_does_not_has_a_remedy(tmp_path: Path) -> None:
    async with TwinProcess(tmp_path / "twin.sqlite3") as twin:
        (figures,) = await found(twin)
        assert figures.is_ok
        assert "db_p95_ms" in figures.found
        figures, payment = await found(twin, pay_probe_path="/payments/practice")
        assert (figures.is_ok, payment.is_ok) == (True, True)
        figures, payment, token = await found(
            twin, metrics_path="/health", pay_probe_path="/nowhere", heartbeats={"gateway": 30.0}
        )
        assert not any(finding.is_ok for finding in (figures, payment, token))
        assert all(finding.hint for finding in (figures, payment, token))
        assert await found(twin, metrics_path="") == []
