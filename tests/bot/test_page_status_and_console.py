"""The status page tells anybody what to do in every mode; the console changes things only for who may."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import aiohttp
import pytest

from core.mode import Mode
from core.texts import text
from fallback_store import incident_log, links, outbox
from fallback_store.database import Tx
from tests.bot.page_scene import ADMIN_TOKEN, Scene, page_scene, scene_settings

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path, metrics={"error_share": 0.25}) as found:
        yield found


async def bring_to(scene: Scene, mode: Mode) -> None:
    """Through the switch, as the watch and an admin would."""
    now, switch = scene.clock.now(), scene.switch

    def unit(tx: Tx) -> None:
        if mode is Mode.PARTIAL:
            switch.enter_partial(tx, by="watch", reason="付款失败", now=now)
        if mode in (Mode.EMERGENCY, Mode.HANDING_BACK):
            switch.enter_emergency(tx, by="telegram:900001", reason="订单接口连续超时", now=now)
        if mode is Mode.HANDING_BACK:
            switch.begin_hand_back(tx, by="telegram:900001", reason="张三说平台恢复了", now=now)
        if mode is Mode.WATCHING:
            before = incident_log.current(tx, now)
            incident_log.change(tx, before, type(before)(Mode.WATCHING, 0, now, "watch", "变慢"))

    await scene.store.write(unit)


async def read(scene: Scene, path: str) -> str:
    """A page as a visitor reads it."""
    async with scene.http.get(scene.base + path) as answer:
        assert answer.status == 200
        return html.unescape(await answer.text())


# Status ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", list(Mode))
async def test_every_mode_says_its_word_its_shape_and_what_to_do(scene: Scene, mode: Mode) -> None:
    await bring_to(scene, mode)
    shape = {"normal": "●", "watching": "▲", "partial": "◆", "emergency": "■", "handing_back": "➜"}[mode.value]
    for language in ("zh", "en"):
        page = await read(scene, f"/?lang={language}")
        assert shape in page
        for name in (f"mode_{mode.value}", f"status_headline_{mode.value}", f"status_todo_{mode.value}"):
            assert text(language, name) in page


async def test_an_emergency_without_a_menu_says_so(tmp_path: Path) -> None:
    async with page_scene(tmp_path, has_menu=False) as scene:
        await scene.enter_emergency()
        page = await read(scene, "/")
        assert text("zh", "status_todo_no_menu") in page
        assert text("zh", "status_todo_emergency") not in page


async def test_nobody_is_named_in_public(scene: Scene) -> None:
    await bring_to(scene, Mode.HANDING_BACK)
    await scene.order("12", "3305", {(await scene.dishes())[0][0]: 1}, name="王小明")
    for path in ("/", "/status.json", "/feed.atom"):
        page = await read(scene, path)
        assert not [word for word in ("900001", "王小明", "3305", "张三") if word in page]


async def test_programs_and_feed_readers_get_the_same(scene: Scene) -> None:
    await bring_to(scene, Mode.EMERGENCY)
    async with scene.http.get(scene.base + "/status.json") as answer:
        told = await answer.json()
    assert (told["mode"], told["epoch"], told["works"]["chat"]) == ("emergency", 1, True)
    assert told["next_update_at"] > told["since"]
    feed = ElementTree.fromstring(await read(scene, "/feed.atom"))
    (entry,) = feed.findall(f"{ATOM}entry")
    assert "订单接口连续超时" in (entry.findtext(f"{ATOM}title") or "")


async def test_an_open_status_page_hears_of_a_change_at_once(scene: Scene) -> None:
    async with scene.http.get(f"{scene.base}/events/status") as stream, asyncio.timeout(5):
        await _until(stream, text("zh", "mode_normal"))
        await scene.enter_emergency()
        await _until(stream, text("zh", "mode_emergency"))


async def _until(stream: aiohttp.ClientResponse, words: str) -> None:
    while words not in (await stream.content.readline()).decode():
        assert not stream.content.at_eof()


# Console ---------------------------------------------------------------------------------------


class Admin:
    """Somebody at the console, in a browser of theirs."""

    def __init__(self, scene: Scene, http: aiohttp.ClientSession) -> None:
        self._scene = scene
        self._http = http
        self.csrf = ""

    async def page(self) -> str:
        """The console as it is now."""
        async with self._http.get(self._scene.base + "/admin") as answer:
            page = html.unescape(await answer.text())
        found = re.search(r'name="csrf" value="(\w+)"', page)
        self.csrf = found[1] if found else ""
        return page

    async def press(self, path: str, **form: str) -> tuple[int, str]:
        """Sends a form: status and page."""
        form = {"csrf": self.csrf, **form}
        headers = {"Origin": self._scene.base}
        async with self._http.post(self._scene.base + path, data=form, headers=headers) as answer:
            return answer.status, html.unescape(await answer.text())


@asynccontextmanager
async def logged_in(scene: Scene, token: str = ADMIN_TOKEN) -> AsyncIterator[Admin]:
    """An admin with an open console."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        admin = Admin(scene, http)
        await admin.press("/admin/login", token=token)
        await admin.page()
        yield admin


async def test_without_a_token_in_the_settings_the_console_stays_shut(tmp_path: Path) -> None:
    settings = scene_settings(tmp_path)
    settings = settings.model_copy(update={"web": settings.web.model_copy(update={"admin_token": ""})})
    async with page_scene(tmp_path, settings=settings) as scene:
        for path, status in (("/admin", 403), ("/admin/events", 401)):
            async with scene.http.get(scene.base + path) as answer:
                assert answer.status == status
        async with scene.http.post(scene.base + "/admin/login", data={"token": ""}) as answer:
            assert answer.status == 401


async def test_a_wrong_token_opens_nothing(scene: Scene) -> None:
    async with logged_in(scene, token="a-guess") as guesser:
        assert text("zh", "console_parked") not in await guesser.page()
        status, _ = await guesser.press("/admin/mode", do="enter", reason="?", seen_epoch="0")
        assert status == 401
    async with scene.http.get(scene.base + "/admin/events") as answer:
        assert answer.status == 401


async def test_an_admin_enters_an_emergency_with_a_reason_and_hands_back(scene: Scene) -> None:
    async with logged_in(scene) as admin:
        status, page = await admin.press("/admin/mode", do="enter", reason="下单接口超时", seen_epoch="0")
        assert status == 200
        assert text("zh", "mode_emergency") in page
        assert "下单接口超时" in page
        status, page = await admin.press("/admin/mode", do="hand_back", reason="平台恢复了", seen_epoch="1")
        assert text("zh", "mode_handing_back") in page
    state = await incident_log.current_state(scene.store, scene.clock.now())
    assert (state.mode, state.epoch, state.by) == (Mode.HANDING_BACK, 1, "console")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"do": "enter", "reason": "", "seen_epoch": "0"}, 422),
        ({"do": "explode", "reason": "x", "seen_epoch": "0"}, 400),
        ({"do": "hand_back", "reason": "x", "seen_epoch": "0"}, 409),
        ({"do": "enter", "reason": "x", "seen_epoch": "7"}, 409),
        ({"do": "enter", "reason": "x" * 600, "seen_epoch": "0"}, 400),
    ],
)
async def test_a_step_that_cannot_be_is_refused_with_words(scene: Scene, form: dict[str, str], status: int) -> None:
    async with logged_in(scene) as admin:
        got, page = await admin.press("/admin/mode", **form)
    assert got == status
    assert "<h1>" in page
    assert (await incident_log.current_state(scene.store, scene.clock.now())).mode is Mode.NORMAL


async def test_of_two_admins_at_once_one_wins_and_the_other_is_told(scene: Scene) -> None:
    async with logged_in(scene) as one, logged_in(scene) as other:
        answers = await asyncio.gather(
            one.press("/admin/mode", do="enter", reason="超时一", seen_epoch="0"),
            other.press("/admin/mode", do="enter", reason="超时二", seen_epoch="0"),
        )
    assert sorted(status for status, _ in answers) == [200, 409]
    loser = next(page for status, page in answers if status == 409)
    assert text("zh", "who_console") in loser


async def test_a_form_without_its_token_does_nothing(scene: Scene) -> None:
    async with logged_in(scene) as admin:
        for csrf in ("", "0" * 32):
            admin.csrf = csrf
            status, _ = await admin.press("/admin/mode", do="enter", reason="x", seen_epoch="0")
            assert status == 403
    assert (await incident_log.current_state(scene.store, scene.clock.now())).mode is Mode.NORMAL


async def test_a_lock_is_set_shown_and_ended(scene: Scene) -> None:
    async with logged_in(scene) as admin:
        assert (await admin.press("/admin/lock", minutes="0", reason="x"))[0] == 422
        _, page = await admin.press("/admin/lock", minutes="30", reason="正在检修")
        assert "正在检修" in page
        state = await incident_log.current_state(scene.store, scene.clock.now())
        assert state.lock is not None
        assert timedelta(minutes=29) < state.lock.until - scene.clock.now() <= timedelta(minutes=30)
        await admin.press("/admin/unlock", reason="修好了")
    assert (await incident_log.current_state(scene.store, scene.clock.now())).lock is None


async def test_a_parked_event_is_shown_with_its_reason_and_tried_again_once(scene: Scene) -> None:
    await scene.enter_emergency()
    await scene.order("12", "305", {(await scene.dishes())[0][0]: 1})
    await scene.store.write(
        lambda tx: tx.execute(
            "UPDATE outbox SET state = 'parked', outcome = 'refused', reason = 'sold_out: 卖完了', hint = '换一个菜'"
        )
    )
    async with logged_in(scene) as admin:
        page = await admin.page()
        assert "sold_out: 卖完了" in page
        assert "换一个菜" in page
        status, page = await admin.press("/admin/parked/1/retry")
        assert (status, "sold_out: 卖完了" in page) == (200, False)
        assert (await admin.press("/admin/parked/1/retry"))[0] == 409
    assert (await outbox.counts(scene.store)).unsettled == 1


async def test_the_console_shows_what_waits_and_the_watchs_figures(scene: Scene) -> None:
    await scene.enter_emergency()
    for number in range(3):
        await scene.order("12", "305", {(await scene.dishes())[0][0]: 1}, name=f"s{number}")
    async with logged_in(scene) as admin:
        page = await admin.page()
    assert "error_share" in page
    assert "0.25" in page
    points = re.findall(r'points="([^"]+)"', page)[0].split()
    assert len(points) == 60
    assert len({point.partition(",")[2] for point in points}) == 2  # a flat line and one busy minute


# Links -----------------------------------------------------------------------------------------


async def test_a_link_is_shown_once_kept_as_a_hash_and_opens_until_it_is_revoked(scene: Scene) -> None:
    async with logged_in(scene) as admin:
        merchant = await scene.merchant_id()
        status, page = await admin.press("/admin/links", kind="merchant", scope=merchant, label="阿果")
        assert status == 200
        address = re.findall(r'href="(http[^"]+/sheet/[^"]+)"', page)[0]
        token = address.rpartition("/")[2]
        assert token not in await admin.page()
        kept = await scene.store.read_all("SELECT * FROM links")
        assert token not in str([tuple(row) for row in kept])
        async with scene.http.get(address) as answer:
            assert answer.status == 200
        async with scene.http.get(address.replace("/sheet/", "/queue/")) as answer:
            assert answer.status == 404
        (link,) = await links.newest(scene.store)
        async with scene.http.get(f"{address}/events") as stream, asyncio.timeout(5):
            await admin.press(f"/admin/links/{link.id}/revoke")
            await _until(stream, "event: gone")
        async with scene.http.get(address) as answer:
            assert answer.status == 404


@pytest.mark.parametrize("form", [{"kind": "admin", "scope": "x"}, {"kind": "merchant", "scope": ""}, {}])
async def test_a_link_to_nothing_is_not_made(scene: Scene, form: dict[str, str]) -> None:
    async with logged_in(scene) as admin:
        status, _ = await admin.press("/admin/links", **form)
    assert status == 422
    assert await links.newest(scene.store) == []
