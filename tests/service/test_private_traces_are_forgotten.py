"""What is kept beside the orders about a person goes with the person: allowances, boards, and what captains lent."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from core.ids import BuildingId, ChatId, Key, PersonId
from drills.hand_clock import HandClock
from fallback_store import boards, captain_loans, code_tries, passive_replies, people, robot_requests
from fallback_store.database import Store, Tx
from service.retention import Retention

ANNA, WANG = PersonId("web:anna"), PersonId("web:wang")
EVERYTHING = (
    "SELECT chat_id FROM reply_allowances UNION ALL SELECT chat_id FROM board_places UNION ALL"
    " SELECT offered_by || coalesce(taken_by, '') FROM captain_loans UNION ALL SELECT person_id FROM code_tries"
    " UNION ALL SELECT key FROM robot_requests"
)


async def left_after(store: Store, clock: HandClock, days: int) -> str:
    """What is known of people after so many days and a night."""
    await clock.advance(timedelta(days=days).total_seconds())
    night = asyncio.create_task(Retention(store, clock, days=30).forget())
    async with asyncio.timeout(20):
        while not night.done():
            await clock.advance(1)
            await asyncio.sleep(0.001)
    night.result()
    return " ".join(row[0] for row in await store.read_all(EVERYTHING))


async def test_allowances_boards_and_ended_loans_name_nobody_after_their_days(tmp_path: Path) -> None:
    clock = HandClock()
    async with await Store.open(tmp_path / "s.sqlite3") as store:

        def prepare(tx: Tx) -> None:
            now = clock.now()
            tx.execute("INSERT INTO buildings (id, name) VALUES ('12', '12栋')")
            for chat in (ChatId("web:@anna"), ChatId("web:12")):
                passive_replies.allow(tx, Key(f"k{chat}"), chat, 3, timedelta(days=2), now)
                boards.stands(tx, chat, "board", "7")
            people.remember(tx, ANNA, "Anna")
            code_tries.note(tx, ANNA, now)
            robot_requests.opened(tx, Key("wecom_robot:anna:1"), "r1", now)
            soon = now + timedelta(minutes=30)
            taken = captain_loans.offer(tx, BuildingId("12"), WANG, expires=soon, until=soon, now=now)
            captain_loans.take(tx, taken, ANNA, now)
            captain_loans.offer(tx, BuildingId("12"), WANG, expires=soon, until=soon, now=now)  # nobody takes it
            assert captain_loans.end_due(tx, soon) == [ANNA]

        await store.write(prepare)
        assert await left_after(store, clock, 1) == ("web:12 web:@anna web:12 web:@anna web:wangweb:anna web:wang")
        assert await left_after(store, clock, 31) == "web:12 web:12  "
