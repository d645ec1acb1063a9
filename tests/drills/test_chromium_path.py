"""One rule says which browser the tests and the benches open."""

from __future__ import annotations

import pytest

from drills import chromium


def test_the_environments_browser_goes_before_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FALLBACK_CHROMIUM", "/opt/another/chromium")
    assert chromium.chromium_path() == "/opt/another/chromium"
    monkeypatch.delenv("FALLBACK_CHROMIUM")
    expected = str(chromium.SYSTEM_CHROMIUM) if chromium.SYSTEM_CHROMIUM.exists() else None
    assert chromium.chromium_path() == expected
