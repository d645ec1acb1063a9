"""Where the browser is that pages are tried in: the system's, unless the environment names another."""

from __future__ import annotations

import os
from pathlib import Path

SYSTEM_CHROMIUM = Path("/usr/bin/chromium")


def chromium_path() -> str | None:
    """`FALLBACK_CHROMIUM`, the system's, or None = Playwright's own."""
    return os.environ.get("FALLBACK_CHROMIUM") or (str(SYSTEM_CHROMIUM) if SYSTEM_CHROMIUM.exists() else None)
