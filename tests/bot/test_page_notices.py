"""At the console: a notice that waits is read, held, edited or sent; how far the last one came is a figure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.cause import Cause
from core.mode import WATCH
from core.notices import NoticeRules
from core.texts import text
from fallback_store import incident_log, notices
from fallback_store.notices import Notice
from tests.bot.page_scene import ADMIN_TOKEN, Scene, page_scene
from tests.bot.test_page_status_and_console import Admin, logged_in
from watch.mode_switch import StoreModeSwitch
from watch.notice_cadence import NoticeCadence

BETTER = "机房断电，电工 12:40 前修好。\n怎么做：在本群发菜名、份数和房号"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


def rules(scene: Scene) -> NoticeRules:
    return NoticeRules(platform="竹园大学", timezone=scene.parts.zone, countdown_s=45.0)


async def drafted(scene: Scene) -> Notice:
    """What waits once the watch has taken over by itself; there is an admin who could read it."""
    switch, now = StoreModeSwitch(rules(scene)), scene.clock.now()
    await scene.store.write(
        lambda tx: tx.execute(
            "INSERT INTO roles (person_id, role, scope, source) VALUES ('web:root', 'admin', '', 'config')"
        )
    )
    await scene.store.write(lambda tx: switch.enter_emergency(tx, by=WATCH, reason="x", now=now, cause=Cause.NO_ANSWER))
    (draft,) = await notices.drafts(scene.store)
    return draft


async def tell(scene: Scene) -> list[str]:
    """Whoever tells has looked; what the first building's group is about to hear."""
    await NoticeCadence(scene.store, scene.clock, rules(scene)).look()
    rows = await scene.store.read_all("SELECT text FROM outgoing WHERE key LIKE 'notice:%' ORDER BY id")
    return [row[0] for row in rows]


async def press(admin: Admin, draft: Notice, verb: str, **form: str) -> tuple[int, str]:
    await admin.page()
    return await admin.press(f"/admin/notices/{draft.id}/{verb}", **form)


async def test_a_notice_that_waits_is_shown_with_its_words_and_what_can_be_done(scene: Scene) -> None:
    draft = await drafted(scene)
    async with logged_in(scene) as admin:
        page = await admin.page()
    assert text("zh", "console_draft") in page
    assert "平台没有响应" in page
    for verb in ("send", "hold", "edit"):
        assert f"/admin/notices/{draft.id}/{verb}" in page


async def test_it_is_held_edited_and_sent_and_the_journal_says_who(scene: Scene) -> None:
    draft = await drafted(scene)
    async with logged_in(scene) as admin:
        assert (await press(admin, draft, "hold"))[0] == 200
        assert await tell(scene) == []
        assert (await press(admin, draft, "edit", language="zh", text=BETTER))[0] == 200
        told = await tell(scene)
        assert told
        assert all(one.startswith(BETTER) for one in told)
        page = await admin.page()
    assert f'{text("zh", "console_reach")} <b class="number">0%</b>' in page
    entries = [entry for entry in await incident_log.journal(scene.store) if entry.who == "console"]
    assert [entry.kind for entry in entries] == ["notice", "notice"]
    assert BETTER in entries[0].text


async def test_send_now_waits_for_nothing(scene: Scene) -> None:
    draft = await drafted(scene)
    async with logged_in(scene) as admin:
        assert (await press(admin, draft, "send"))[0] == 200
        assert len(await tell(scene)) > 1


async def test_an_excuse_is_refused_with_the_reason(scene: Scene) -> None:
    draft = await drafted(scene)
    async with logged_in(scene) as admin:
        status, page = await press(admin, draft, "edit", language="zh", text="由于技术问题，请稍后再试，敬请谅解")
        assert status == 422
        assert text("zh", "notice_fault_vague", words="技术问题") in page
    assert (await notices.drafts(scene.store))[0].edits == {}


@pytest.mark.parametrize("verb", ["send", "hold", "edit"])
async def test_what_is_out_already_cannot_be_changed(scene: Scene, verb: str) -> None:
    draft = await drafted(scene)
    async with logged_in(scene) as admin:
        await press(admin, draft, "send")
        await tell(scene)
        status, page = await press(admin, draft, verb, language="zh", text=BETTER)
        assert status == 409
        assert text("zh", "admin_notice_gone") in page
        assert (await press(admin, draft, verb, language="xx", text=BETTER))[0] in (400, 409)


@pytest.mark.parametrize("verb", ["send", "hold", "edit"])
async def test_only_the_console_itself_may_decide(scene: Scene, verb: str) -> None:
    draft = await drafted(scene)
    path = f"{scene.base}/admin/notices/{draft.id}/{verb}"
    async with scene.http.post(path, data={"csrf": "x", "text": BETTER, "language": "zh"}) as answer:
        assert answer.status == 401
    async with logged_in(scene) as admin:
        admin.csrf = "forged"
        assert (await admin.press(f"/admin/notices/{draft.id}/{verb}", language="zh", text=BETTER))[0] == 403
    assert (await notices.drafts(scene.store))[0] == draft


async def test_scripts_are_told_the_reach_too(scene: Scene) -> None:
    draft = await drafted(scene)
    async with logged_in(scene) as admin:
        await press(admin, draft, "send")
    await tell(scene)
    await scene.store.write(lambda tx: tx.execute("UPDATE notice_deliveries SET state = 'sent' WHERE id % 2 = 0"))
    (counts,) = await scene.store.read_all("SELECT count(*), sum(state = 'sent') FROM notice_deliveries")
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with scene.http.get(f"{scene.base}/admin/api/status", headers=headers) as answer:
        report = await answer.json()
    assert (report["notice"], report["notice_reach_percent"]) == (1, counts[1] * 100 // counts[0])
