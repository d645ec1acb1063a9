"""Whom a notice reached in private is forgotten with everything else; how many it reached is not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from core.cause import Cause
from core.notices import NoticeKind
from drills.hand_clock import HandClock
from fallback_store import incident_log, notice_ledger, notices
from fallback_store.database import Store, Tx
from service.retention import Retention


async def test_who_was_told_is_forgotten_and_how_many_stays(tmp_path: Path) -> None:
    clock = HandClock()
    async with await Store.open(tmp_path / "s.sqlite3") as store:

        def tell(tx: Tx) -> int:
            now = clock.now()
            incident = incident_log.open_incident(tx, cause=Cause.NO_ANSWER, said="", broken_at=now, epoch=1, now=now)
            drafted = notices.draft(tx, incident.id, NoticeKind.HAND_BACK, {}, now, now)
            told = notices.mark_told(tx, drafted, lambda _: "x", {"zh"}, now)
            notice_ledger.tell_people(tx, told, [("telegram:900001", "zh"), ("telegram:900002", "zh")], now)
            notice_ledger.tell_others(tx, told, mail=[], webhooks=["sms"], now=now)
            tx.execute("UPDATE outgoing SET state = 'sent'")
            return told.id

        notice_id = await store.write(tell)
        reached = await notice_ledger.reach(store, notice_id)
        retention = Retention(store, clock, days=30)
        for days, forgotten in ((29, 0), (2, 2), (1, 2)):
            await clock.advance(timedelta(days=days).total_seconds())
            night = asyncio.create_task(retention.forget())
            while not night.done():
                await clock.advance(1)
                await asyncio.sleep(0.01)
            night.result()
            rows = await store.read_all("SELECT target FROM notice_deliveries ORDER BY id")
            assert sum(row[0].startswith("forgotten:") for row in rows) == forgotten
        assert rows[2][0] == "sms"
        assert await notice_ledger.reach(store, notice_id) == reached
