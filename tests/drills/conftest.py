"""One twin per test file: starting a process costs most of a second, and epochs keep tests apart."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.drills.twin_client import TwinClient, running_twin


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def one_twin(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TwinClient]:
    async with running_twin(tmp_path_factory.mktemp("twin")) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def client(one_twin: TwinClient) -> AsyncIterator[TwinClient]:
    """A healthy twin with a fresh epoch."""
    await one_twin.open_epoch()
    yield one_twin
    await one_twin.twin.clear()
