"""What programs, feed readers and latecomers get: Statuspage's shape, a valid Atom feed, the history of incidents."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from core.cause import Cause
from core.mode import WATCH, Advice, Mode
from core.notices import NoticeKind, NoticeRules
from core.texts import text
from fallback_store import catalog_snapshots, incident_log, notices
from fallback_store.database import Tx
from tests.bot.page_scene import Scene, page_scene
from tests.bot.test_page_status_and_console import read
from watch.announcing import Announcements
from watch.telling import Telling

ATOM = "{http://www.w3.org/2005/Atom}"
#: What the published shape has, and programs that read it expect.
PAGE = {"id", "name", "url", "time_zone", "updated_at"}
COMPONENT = {
    "id", "name", "status", "created_at", "updated_at", "position", "description", "showcase", "start_date",
    "group_id", "page_id", "group", "only_show_if_degraded",
}  # fmt: skip
INCIDENT = {
    "id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact", "shortlink",
    "started_at", "page_id", "incident_updates", "components",
}  # fmt: skip
UPDATE = {
    "id", "status", "body", "incident_id", "created_at", "updated_at", "display_at", "affected_components",
    "deliver_notifications", "custom_tweet", "tweet_id",
}  # fmt: skip
STATUSES = {"operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


async def watching_for(scene: Scene, cause: Cause) -> None:
    """The watch has a worry."""
    now = scene.clock.now()
    seen = await incident_log.current_state(scene.store, now)
    await scene.store.write(lambda tx: scene.switch.follow(tx, Advice(Mode.WATCHING, cause), seen, now=now))


async def play(scene: Scene, *steps: str) -> None:
    """An outage, as far as it has come."""
    switch, merchant_id = scene.switch, await scene.merchant_id()
    for step in steps:
        now = scene.clock.now()

        def unit(tx: Tx, step: str = step, now: datetime = now) -> None:
            match step:
                case "emergency":
                    switch.enter_emergency(
                        tx, by=WATCH, reason="x", now=now, cause=Cause.NO_ANSWER, broken_at=now - timedelta(seconds=20)
                    )
                case "payments":
                    switch.enter_partial(tx, by=WATCH, reason="x", now=now, cause=Cause.PAYMENTS)
                case "payments by hand":
                    switch.enter_partial(tx, by="web:root", reason="x", now=now, cause=Cause.BY_HAND)
                case "merchant":
                    switch.enter_partial(
                        tx, by=WATCH, reason="x", now=now, cause=Cause.MERCHANT, part=f"merchant:{merchant_id}"
                    )
                case "hand_back":
                    switch.begin_hand_back(tx, by=WATCH, reason="x", now=now)
                case "release":
                    switch.release(tx, by="hand-back", reason="x", now=now)
                case "update":
                    incident = incident_log.open_one(tx)
                    assert incident is not None
                    rules = NoticeRules(platform="竹园大学", timezone=scene.parts.zone)
                    announcing = Announcements(Telling(rules))
                    announcing.announce(tx, NoticeKind.UPDATE, incident, incident_log.current(tx, now).mode, now)

        await scene.store.write(unit)
        await asyncio.sleep(0.002)  # times are kept to the millisecond


async def api(scene: Scene, name: str) -> dict[str, Any]:
    async with scene.http.get(f"{scene.base}/api/v2/{name}.json") as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return dict(await answer.json())


def is_moment(value: str) -> bool:
    return datetime.fromisoformat(value).tzinfo is not None


# Programs --------------------------------------------------------------------------------------


async def test_every_answer_has_the_published_shape_and_nothing_else(scene: Scene) -> None:
    await play(scene, "emergency", "update", "hand_back")
    summary = await api(scene, "summary")
    assert set(summary) == {"page", "components", "incidents", "scheduled_maintenances", "status"}
    assert set(summary["page"]) == PAGE
    assert all(set(component) == COMPONENT for component in summary["components"])
    assert {component["status"] for component in summary["components"]} <= STATUSES
    (incident,) = summary["incidents"]
    assert set(incident) == INCIDENT
    assert all(set(component) == COMPONENT for component in incident["components"])
    assert all(set(update) == UPDATE for update in incident["incident_updates"])
    assert len({update["id"] for update in incident["incident_updates"]}) == len(incident["incident_updates"])
    moments = [incident[name] for name in ("created_at", "updated_at", "monitoring_at", "started_at")]
    assert all(map(is_moment, [*moments, summary["page"]["updated_at"]]))
    shapes = {
        name: set(await api(scene, name)) for name in ("status", "components", "incidents", "incidents/unresolved")
    }
    assert shapes == {
        "status": {"page", "status"},
        "components": {"page", "components"},
        "incidents": {"page", "incidents"},
        "incidents/unresolved": {"page", "incidents"},
    }
    for name in ("", "/active", "/upcoming"):
        assert (await api(scene, f"scheduled-maintenances{name}"))["scheduled_maintenances"] == []


async def test_updates_pass_the_four_states_newest_first_with_what_people_were_told(scene: Scene) -> None:
    await play(scene, "emergency", "update", "hand_back", "release")
    (incident,) = (await api(scene, "incidents"))["incidents"]
    assert [update["status"] for update in incident["incident_updates"]] == [
        "resolved", "monitoring", "identified", "identified", "investigating",
    ]  # fmt: skip
    told = [update["body"].partition("】")[0] for update in incident["incident_updates"][:4]]
    assert told == ["【已恢复", "【平台已恢复", "【情况通报", "【应急点餐"]
    assert incident["status"] == "resolved"
    assert is_moment(incident["resolved_at"])
    assert (await api(scene, "incidents/unresolved"))["incidents"] == []


@pytest.mark.parametrize(
    ("steps", "indicator", "components"),
    [
        ((), "none", {}),
        (("payments",), "major", {"payment": "major_outage"}),
        (("payments by hand",), "major", {"payment": "major_outage"}),
        (("emergency",), "critical", {"platform": "major_outage", "payment": "major_outage"}),
        (("emergency", "hand_back"), "minor", {"platform": "under_maintenance", "chat": "under_maintenance"}),
        (("emergency", "hand_back", "release"), "none", {}),
    ],
)
async def test_components_and_the_indicator_say_what_works(
    scene: Scene, steps: tuple[str, ...], indicator: str, components: dict[str, str]
) -> None:
    await play(scene, *steps)
    summary = await api(scene, "summary")
    assert summary["status"]["indicator"] == indicator
    found = {one["id"]: one["status"] for one in summary["components"] if one["status"] != "operational"}
    assert found == components
    assert [one["position"] for one in summary["components"]] == [1, 2, 3, 4]


async def test_payments_that_a_person_called_broken_are_all_that_is_broken(scene: Scene) -> None:
    await play(scene, "payments by hand")
    (incident,) = (await api(scene, "summary"))["incidents"]
    assert incident["impact"] == "major"
    assert [one["id"] for one in incident["components"]] == ["payment"]


async def test_one_merchant_out_of_reach_is_named_and_nobody_is_sent_to_pay_at_the_door(scene: Scene) -> None:
    await play(scene, "merchant")
    snapshot = await catalog_snapshots.latest(scene.store)
    assert snapshot is not None
    name = snapshot.catalog.merchants[0].name
    summary = await api(scene, "summary")
    found = {one["id"]: one["status"] for one in summary["components"] if one["status"] != "operational"}
    assert found == {"platform": "partial_outage"}
    assert name in summary["incidents"][0]["name"]
    assert summary["incidents"][0]["impact"] == "minor"
    assert [one["id"] for one in summary["incidents"][0]["components"]] == ["platform"]
    page = await read(scene, "/")
    assert name in page
    assert text("zh", "status_todo_partial_place") in page
    assert "货到付款" not in page


async def test_it_speaks_the_language_that_is_asked_for(scene: Scene) -> None:
    await play(scene, "emergency")
    async with scene.http.get(f"{scene.base}/api/v2/summary.json?lang=en") as answer:
        told = await answer.json()
    assert told["status"]["description"] == text("en", "status_headline_emergency")
    assert told["incidents"][0]["name"] == "the platform does not answer"


# Feed readers ----------------------------------------------------------------------------------


async def feed_of(scene: Scene) -> ElementTree.Element:
    async with scene.http.get(f"{scene.base}/feed.atom") as answer:
        assert answer.headers["Content-Type"].startswith("application/atom+xml")
        return ElementTree.fromstring(await answer.text())


async def test_the_feed_has_everything_the_standard_asks_for(scene: Scene) -> None:
    await play(scene, "emergency", "hand_back", "release", "payments")
    feed = await feed_of(scene)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 2
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):  # exactly one of each, RFC 4287, 4.1.1 and 4.1.2
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.findtext(f"{ATOM}id") or "")
        assert is_moment(element.findtext(f"{ATOM}updated") or "")
        assert len(element.findall(f"{ATOM}link[@rel='alternate']")) == 1
    assert feed.find(f"{ATOM}link[@rel='self']") is not None
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "竹园大学"
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    updated = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert feed.findtext(f"{ATOM}updated") == max(updated)
    assert all((entry.findtext(f"{ATOM}published") or "~") <= at for entry, at in zip(entries, updated, strict=True))
    assert "平台没有响应" in (entries[1].findtext(f"{ATOM}title") or "")
    assert "已恢复" in (entries[1].findtext(f"{ATOM}content") or "")


async def test_an_entry_keeps_its_id_whatever_happens_and_wherever_it_is_read(scene: Scene) -> None:
    await play(scene, "emergency")
    before = (await feed_of(scene)).findtext(f"{ATOM}entry/{ATOM}id")
    await scene.stop_pages()
    scene.base = ""  # another port, another address
    await scene.start_pages()
    await play(scene, "hand_back", "release")
    assert (await feed_of(scene)).findtext(f"{ATOM}entry/{ATOM}id") == before


async def test_a_feed_without_incidents_is_valid_too(scene: Scene) -> None:
    feed = await feed_of(scene)
    assert feed.findall(f"{ATOM}entry") == []
    assert is_moment(feed.findtext(f"{ATOM}updated") or "")


# People ----------------------------------------------------------------------------------------


async def test_the_page_tells_the_story_of_what_lasts(scene: Scene) -> None:
    await play(scene, "emergency", "update")
    page = await read(scene, "/")
    for stage in ("identified", "investigating"):
        assert text("zh", f"status_stage_{stage}") in page
    assert "【情况通报】" in page
    assert page.index("【情况通报】") < page.index("现在可以在本群点餐")  # newest first


async def test_the_history_keeps_every_incident_with_what_people_were_told(scene: Scene) -> None:
    assert text("zh", "status_past_none") in await read(scene, "/history")
    await play(scene, "emergency", "hand_back", "release", "payments")
    page = await read(scene, "/history")
    assert 'id="incident-1"' in page
    assert 'id="incident-2"' in page
    assert "点餐回到平台" in page
    assert page.index('id="incident-2"') < page.index('id="incident-1"')


async def test_a_day_of_updates_is_shown_short_and_kept_whole(scene: Scene) -> None:
    await play(scene, "emergency", *["update"] * 30)
    page = await read(scene, "/")
    assert text("zh", "status_more", count=29) in page
    assert page.count("【情况通报】") == 30
    incident = await incident_log.lasting(scene.store)
    assert incident is not None
    assert len(await notices.told(scene.store, incident.id)) == 31


async def test_what_only_admins_care_for_is_watched_unseen(scene: Scene) -> None:
    await watching_for(scene, Cause.CERTIFICATE)
    assert (await incident_log.current_state(scene.store, scene.clock.now())).mode is Mode.WATCHING
    summary = await scene.get("/api/v2/summary.json")
    assert summary["status"] == {"indicator": "none", "description": text("zh", "status_headline_normal")}
    assert {one["status"] for one in summary["components"]} == {"operational"}
    assert (await scene.get("/status.json"))["mode"] == "normal"
    assert text("zh", "status_headline_watching") not in await read(scene, "/")
    await watching_for(scene, Cause.SLOW_DATABASE)
    summary = await scene.get("/api/v2/summary.json")
    assert (summary["status"]["indicator"], summary["components"][0]["status"]) == ("minor", "degraded_performance")
    assert text("zh", "status_headline_watching") in await read(scene, "/")
