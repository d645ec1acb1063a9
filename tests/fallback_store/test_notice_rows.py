"""Notices as rows: drafted, edited, told to everybody once; the ledger follows what became of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.cause import Cause
from core.ids import BuildingId, ChatId
from core.notices import NoticeKind
from fallback_store import incident_log, messages, notice_ledger, notices, people
from fallback_store.database import Store, Tx
from fallback_store.notice_ledger import Reach
from fallback_store.notices import Notice
from tests.small_campus import place, small_campus

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "store.sqlite3") as opened:
        yield opened


def open_incident(tx: Tx) -> int:
    return incident_log.open_incident(tx, cause=Cause.NO_ANSWER, said="", broken_at=NOON, epoch=1, now=NOON).id


def told(tx: Tx, incident_id: int, word: str = "down", *languages: str, now: datetime = NOON) -> Notice:
    """A notice as it is told, before it is queued for anybody."""
    drafted = notices.draft(tx, incident_id, NoticeKind.OPENED, {}, now, now)
    found = notices.mark_told(tx, drafted, lambda lang: f"{word} ({lang})", set(languages or ("zh", "en")), now)
    notice_ledger.supersede(tx, incident_id, now)
    return found


def bind_groups(tx: Tx, count: int) -> None:
    for number in range(count):
        tx.execute("INSERT INTO buildings (id, name) VALUES (?, ?)", (str(number), f"{number}栋"))
        language = "en" if number % 3 == 0 else "zh"
        people.bind_chat(tx, ChatId(f"web:b{number}"), BuildingId(str(number)), title="", language=language)
    people.chat(tx, ChatId("web:lobby"), is_group=True, language="zh")
    people.chat(tx, ChatId("web:@anna"), is_group=False, language="zh")


async def test_every_building_group_is_told_once_in_its_language_and_nobody_else(store: Store) -> None:
    def tell(tx: Tx) -> int:
        bind_groups(tx, 7)
        return notice_ledger.tell_groups(tx, told(tx, open_incident(tx)), LATER)

    assert await store.write(tell) == 7
    waiting = await messages.waiting_to_say(store, "web", LATER, 100)
    assert {row.message.chat_id: row.message.text for row in waiting} == {
        f"web:b{number}": f"down ({'en' if number % 3 == 0 else 'zh'})" for number in range(7)
    }
    assert {str(row.message.key) for row in waiting} == {f"notice:1:1:web:b{number}" for number in range(7)}
    assert {row.message.priority.value for row in waiting} == {"notice"}


async def test_a_group_whose_language_nobody_speaks_is_told_all_the_same(store: Store) -> None:
    def tell(tx: Tx) -> int:
        bind_groups(tx, 2)
        tx.execute("UPDATE chats SET language = 'fr' WHERE id = 'web:b1'")
        return notice_ledger.tell_groups(tx, told(tx, open_incident(tx)), LATER)

    assert await store.write(tell) == 2
    waiting = await messages.waiting_to_say(store, "web", LATER, 10)
    assert [row.message.text for row in waiting] == ["down (en)", "down (zh)"]


async def test_a_newer_notice_takes_the_place_of_one_that_was_not_sent_yet(store: Store) -> None:
    def tell(tx: Tx, incident_id: int, word: str) -> int:
        notice = told(tx, incident_id, word)
        notice_ledger.tell_others(tx, notice, mail=["duty@campus.example"], webhooks=["sms"], now=NOON)
        notice_ledger.tell_groups(tx, notice, NOON)
        return notice.id

    await store.write(lambda tx: bind_groups(tx, 2))
    incident_id = await store.write(open_incident)
    first_id = await store.write(lambda tx: tell(tx, incident_id, "first"))
    first, _ = await messages.waiting_to_say(store, "web", NOON, 10)
    await store.write(lambda tx: messages.mark_sent(tx, first.id, "v1", NOON))
    second_id = await store.write(lambda tx: tell(tx, incident_id, "second"))
    waiting = await messages.waiting_to_say(store, "web", LATER, 10)
    assert [row.message.text[:6] for row in waiting] == ["second", "second"]
    assert [delivery.notice_id for delivery in await notice_ledger.waiting(store, "mail")] == [second_id]
    assert await notice_ledger.reach(store, first_id) == [Reach("group", 1, 0, 0)]
    lasting = await store.write(incident_log.open_one)
    assert lasting is not None
    assert (lasting.notices, lasting.noticed_at) == (2, NOON)


async def test_a_draft_is_overtaken_by_the_next_of_its_incident_and_of_no_other(store: Store) -> None:
    def draft(tx: Tx, incident_id: int) -> Notice:
        return notices.draft(tx, incident_id, NoticeKind.OPENED, {"zh": "x"}, NOON, LATER)

    one, other = await store.write(open_incident), await store.write(open_incident)
    await store.write(lambda tx: draft(tx, one))
    kept = await store.write(lambda tx: draft(tx, other))
    newer = await store.write(lambda tx: draft(tx, one))
    assert await notices.drafts(store) == [kept, newer]
    assert await store.write(notices.newest_draft) == newer


async def test_an_edit_is_of_one_language_and_only_a_draft_takes_it(store: Store) -> None:
    incident_id = await store.write(open_incident)
    drafted = await store.write(lambda tx: notices.draft(tx, incident_id, NoticeKind.OPENED, {"zh": "x"}, NOON, LATER))
    assert await store.write(lambda tx: notices.put_off(tx, drafted.id, LATER, is_held=True))
    assert await store.write(lambda tx: notices.edit(tx, drafted.id, "zh", '机房断电，"电工"在修', LATER))
    found = await store.write(lambda tx: notices.by_id(tx, drafted.id))
    assert found is not None
    assert (found.edits, found.is_held) == ({"zh": '机房断电，"电工"在修'}, False)
    await store.write(lambda tx: notices.mark_told(tx, found, lambda _: "told", {"zh"}, LATER))
    assert not await store.write(lambda tx: notices.edit(tx, drafted.id, "zh", "too late", LATER))
    assert not await store.write(lambda tx: notices.put_off(tx, drafted.id, LATER, is_held=True))
    (shown,) = await notices.told(store, incident_id)
    assert (shown.texts, shown.number, shown.told_at) == ({"zh": "told"}, 1, LATER)
    assert await notices.newest(store) == shown


async def test_who_waits_for_an_order_is_told_once_where_they_can_be_reached(tmp_path: Path) -> None:
    async with small_campus(tmp_path) as store:

        def order(tx: Tx) -> list[tuple[str, str]]:
            for person in ("anna", "anna", "bo", "cy"):
                place(tx, person, "305", "lemon")
            tx.execute("UPDATE orders SET state = 'delivered' WHERE person_id = 'web:cy'")
            people.chat(tx, ChatId("web:@anna"), is_group=False, language="en")
            people.chat(tx, ChatId("web:@cy"), is_group=False, language="zh")
            return notice_ledger.people_to_tell(tx, "zh")

        assert await store.write(order) == [("web:@anna", "en")]  # bo never wrote to us alone, cy has eaten

        def tell(tx: Tx) -> list[int]:
            notice = told(tx, open_incident(tx))
            chats = [("web:@anna", "en"), ("web:@anna", "en")]
            return [notice_ledger.tell_people(tx, notice, chats, NOON) for _ in range(2)]

        assert await store.write(tell) == [1, 0]
        (row,) = await store.read_all("SELECT text FROM outgoing WHERE chat_id = 'web:@anna'")
        assert row[0] == "down (en)"


async def test_the_ledger_follows_what_became_of_every_message(store: Store) -> None:
    def tell(tx: Tx) -> int:
        bind_groups(tx, 4)
        notice = told(tx, open_incident(tx))
        notice_ledger.tell_groups(tx, notice, NOON)
        return notice.id

    notice_id = await store.write(tell)
    rows = await messages.waiting_to_say(store, "web", NOON, 10)
    await store.write(lambda tx: messages.mark_sent(tx, rows[0].id, "v1", LATER))
    await store.write(lambda tx: messages.mark_unsent(tx, rows[1].id, "blocked", None))
    await store.write(lambda tx: messages.mark_unsent(tx, rows[2].id, "slow down", LATER))
    reached = await notice_ledger.reach(store, notice_id)
    assert reached == [Reach("group", 1, 2, 1)]
    assert notice_ledger.percent(reached) == 25
    assert await store.write(notice_ledger.reach_in) == reached
    found = await store.read_all("SELECT target, state, attempts, at_ms FROM notice_deliveries ORDER BY id LIMIT 3")
    assert [tuple(row)[:3] for row in found] == [
        (rows[0].message.chat_id, "sent", 1),
        (rows[1].message.chat_id, "failed", 1),
        (rows[2].message.chat_id, "waiting", 1),
    ]
    assert found[0][3] == int(LATER.timestamp() * 1000)


async def test_the_ledger_holds_no_address_of_a_person(store: Store) -> None:
    def tell(tx: Tx) -> None:
        people.chat(tx, ChatId("telegram:900001"), is_group=False, language="zh")
        notice = told(tx, open_incident(tx))
        notice_ledger.tell_people(tx, notice, [("telegram:900001", "zh")], NOON)
        notice_ledger.tell_others(tx, notice, mail=["mei@campus.example"], webhooks=["sms"], now=NOON)

    await store.write(tell)
    rows = await store.read_all("SELECT * FROM notice_deliveries")
    assert [row["channel"] for row in rows] == ["person", "mail", "webhook"]
    written = str([tuple(row) for row in rows])
    assert "900001" not in written
    assert "mei@" not in written
    salt = await notice_ledger.salt_of(store)
    (mail,) = await notice_ledger.waiting(store, "mail")
    assert mail.target == notice_ledger.fingerprint(salt, "mei@campus.example")


async def test_nobody_to_tell_has_no_share(store: Store) -> None:
    assert await store.write(notice_ledger.reach_in) == []
    assert notice_ledger.percent([]) is None


async def test_a_late_arrival_counts_and_a_late_failure_does_not(store: Store) -> None:
    def tell(tx: Tx, incident_id: int) -> int:
        notice = told(tx, incident_id)
        notice_ledger.tell_others(tx, notice, mail=[], webhooks=["sms", "app"], now=NOON)
        return notice.id

    incident_id = await store.write(open_incident)
    first_id = await store.write(lambda tx: tell(tx, incident_id))
    arrived, lost = await notice_ledger.waiting(store, "webhook")
    await store.write(lambda tx: tell(tx, incident_id))  # a newer one: both are superseded while under way
    await store.write(lambda tx: notice_ledger.mark(tx, arrived.id, "sent", None, LATER))
    await store.write(lambda tx: notice_ledger.mark(tx, lost.id, "waiting", "500", LATER))
    asked = "SELECT state FROM notice_deliveries WHERE notice_id = :id ORDER BY id"
    rows = await store.read_all(asked, {"id": first_id})
    assert [row[0] for row in rows] == ["sent", "superseded"]
