"""The admins hear of the same trouble once in ten minutes, and again when they hand back anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.errors import BooksDiffer
from core.notices import NoticeRules
from fallback_store.database import Store, Tx
from service.telling import AGAIN_MS, Telling
from tests.small_campus import NOON, small_campus
from watch.mode_switch import StoreModeSwitch

SWITCH = StoreModeSwitch(NoticeRules(platform="校园", timezone=UTC))


async def told(store: Store, now: datetime, mark: str = "") -> int:
    """The same trouble is told; how many messages about it there are then."""
    await store.write(lambda tx: Telling("zh").admin(tx, BooksDiffer("two orders differ", mark=mark), now))
    ((count,),) = await store.read_all("SELECT count(*) FROM outgoing WHERE key LIKE 'trouble:BooksDiffer:%'")
    return int(count)


async def test_the_same_trouble_is_told_once_in_ten_minutes_and_in_every_hand_back(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        assert [await told(store, NOON + timedelta(seconds=s)) for s in (0, 1, 2)] == [1, 1, 1]
        assert await told(store, NOON + timedelta(milliseconds=AGAIN_MS)) == 2

        def flip(tx: Tx, now: datetime) -> None:
            if now == NOON:
                SWITCH.enter_emergency(tx, by="web:root", reason="it is gone", now=now)
            else:
                SWITCH.return_to_emergency(tx, by="web:root", reason="it died again", now=now)
            SWITCH.begin_hand_back(tx, by="web:root", reason="it is back", now=now)

        for minutes, known in ((0, 3), (2, 4)):
            begun = NOON + timedelta(minutes=minutes)
            await store.write(lambda tx, begun=begun: flip(tx, begun))  # type: ignore[misc]
            assert [await told(store, begun + timedelta(seconds=s)) for s in (1, 30)] == [known, known]


async def test_other_differences_are_told_at_once(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:
        seconds = [(0, "a1"), (1, "b2"), (2, "a1"), (3, "b2")]
        assert [await told(store, NOON + timedelta(seconds=s), mark) for s, mark in seconds] == [1, 2, 2, 2]
