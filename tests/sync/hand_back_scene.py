"""What the tests of a hand-back ask again and again: what time it is, and where the proof lies."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fallback_store import hand_backs
from tests.sync.outage import Outage


async def the_proof(here: Outage) -> Path:
    row = (await hand_backs.newest(here.store))[0]
    assert row.proof_path is not None
    return Path(row.proof_path)


def now() -> datetime:
    return datetime.now(UTC)
