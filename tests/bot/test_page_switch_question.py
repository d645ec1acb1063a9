"""At the console: what the watch asks before a switch is shown with its facts, answered once, closed in the chats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.cause import Cause
from core.mode import Advice, Mode
from core.texts import text
from fallback_store import catalog_snapshots, incident_log, switch_questions
from fallback_store.switch_questions import Reply, SwitchQuestion
from tests.bot.page_scene import Scene, page_scene
from tests.bot.test_page_status_and_console import logged_in

DOWN = Advice(Mode.EMERGENCY, Cause.NO_ANSWER)
FIGURES = {"probe_ok": 0.0, "write_ok": 0.0, "ref_ok": 1.0}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path, metrics=FIGURES) as found:
        yield found


async def asked(scene: Scene, advice: Advice = DOWN, *, within_s: float = 60.0) -> SwitchQuestion:
    """The watch asks every admin; there is one in the chats."""
    now = scene.clock.now()
    await scene.store.write(
        lambda tx: tx.execute(
            "INSERT OR IGNORE INTO roles (person_id, role, scope, source) VALUES ('web:root', 'admin', '', 'config')"
        )
    )
    return await scene.store.write(
        lambda tx: scene.switch.questions.ask(
            tx, advice, now - timedelta(seconds=20), now, within_s=within_s, switches=False
        )
    )


async def in_the_chat(scene: Scene) -> str:
    """The newest state of the question in the admin's private chat."""
    rows = await scene.store.read_all("SELECT text FROM outgoing WHERE board LIKE 'switch:%' ORDER BY id DESC LIMIT 1")
    return str(rows[0][0])


async def mode(scene: Scene) -> Mode:
    return (await incident_log.current_state(scene.store, scene.clock.now())).mode


async def test_the_question_is_shown_with_what_would_happen_why_and_how_long_is_left(scene: Scene) -> None:
    async with logged_in(scene) as admin:
        assert 'id="question"' not in await admin.page()
        question = await asked(scene)
        page = await admin.page()
    for words in ("平台没有响应", text("zh", "asked_means_emergency"), text("zh", "asked_silence_stay")):
        assert words in page
    assert f"{text('zh', 'asked_fact_probe_ok')}：不可用" in page
    assert f"{text('zh', 'asked_fact_ref_ok')}：正常" in page
    assert any(f'data-left="{left}"' in page for left in range(55, 61))
    for word in ("yes", "no"):
        assert f"/admin/questions/{question.id}/{word}" in page


async def test_what_the_watch_sees_go_wrong_is_shown_though_nothing_is_asked_and_a_lock_holds(scene: Scene) -> None:
    async with logged_in(scene) as admin:
        await admin.press("/admin/lock", minutes="30", reason="演练")
        page = await admin.page()
        assert f"{text('zh', 'asked_fact_write_ok')}：不可用" in page
    assert await mode(scene) is Mode.NORMAL


async def test_a_yes_at_the_console_switches_and_closes_the_question_in_the_chat(scene: Scene) -> None:
    question = await asked(scene)
    async with logged_in(scene) as admin:
        status, page = await admin.press(f"/admin/questions/{question.id}/yes")
        assert (status, 'id="question"' in page) == (200, False)
        assert (await admin.press(f"/admin/questions/{question.id}/no"))[0] == 409
    state = await incident_log.current_state(scene.store, scene.clock.now())
    assert (state.mode, state.by, state.cause) == (Mode.EMERGENCY, "console", Cause.NO_ANSWER)
    assert "已决定切到" in await in_the_chat(scene)
    settled = await switch_questions.newest(scene.store)
    assert settled is not None
    assert (settled.reply, settled.replied_by) == (Reply.YES, "console")


async def test_a_no_changes_nothing_and_is_told_in_the_chat(scene: Scene) -> None:
    question = await asked(scene)
    async with logged_in(scene) as admin:
        assert (await admin.press(f"/admin/questions/{question.id}/no"))[0] == 200
    assert await mode(scene) is Mode.NORMAL
    assert "决定保持现状" in await in_the_chat(scene)


async def test_an_answer_in_the_chat_closes_it_at_the_console_and_a_late_press_is_told_so(scene: Scene) -> None:
    question = await asked(scene)
    async with logged_in(scene) as admin:
        assert 'id="question"' in await admin.page()
        now = scene.clock.now()
        await scene.store.write(lambda tx: scene.switch.answer(tx, question.id, switches=False, by="web:root", now=now))
        assert 'id="question"' not in await admin.page()
        status, page = await admin.press(f"/admin/questions/{question.id}/yes")
    assert (status, text("zh", "conflict_asked") in page) == (409, True)
    assert await mode(scene) is Mode.NORMAL


async def test_one_merchant_is_asked_about_by_name(scene: Scene) -> None:
    snapshot = await catalog_snapshots.latest(scene.store)
    assert snapshot is not None
    merchant = snapshot.catalog.merchants[0]
    question = await asked(scene, Advice(Mode.PARTIAL, Cause.MERCHANT, f"merchant:{merchant.id}"))
    assert merchant.name in await in_the_chat(scene)
    async with logged_in(scene) as admin:
        page = await admin.page()
        assert text("zh", "asked_means_partial_place", place=merchant.name) in page
        await admin.press(f"/admin/questions/{question.id}/yes")
    assert await mode(scene) is Mode.PARTIAL


@pytest.mark.parametrize("word", ["yes", "no"])
async def test_only_an_admin_through_the_consoles_own_form_may_answer(scene: Scene, word: str) -> None:
    question = await asked(scene)
    path = f"/admin/questions/{question.id}/{word}"
    async with scene.http.post(scene.base + path, data={"csrf": "x"}) as answer:
        assert answer.status == 401
    async with logged_in(scene) as admin:
        admin.csrf = "forged"
        assert (await admin.press(path))[0] == 403
    found = await switch_questions.newest(scene.store)
    assert found is not None
    assert (found.reply, await mode(scene)) == (None, Mode.NORMAL)
