"""One twin for all tests of sync: starting a process costs most of a second, and epochs keep tests apart."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from drills.twin_process import TwinProcess


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def twin(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TwinProcess]:
    """A primary in its own process."""
    async with TwinProcess(tmp_path_factory.mktemp("twin") / "twin.sqlite3") as started:
        yield started
