"""Whatever arrives at any address: a sentence comes back, nothing is done by mistake, nothing foreign is loaded."""

from __future__ import annotations

import asyncio
import html
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.pages.serving import PortTaken, serve
from core.texts import en, text, zh
from core.texts.zh_pages import TEXTS as ZH_PAGES
from tests.bot.page_scene import ADMIN_TOKEN, Scene, page_scene

POSTS = [
    "/chat/login",
    "/chat/api/building-12/messages",
    "/chat/api/building-12/press",
    "/admin/login",
    "/admin/mode",
    "/admin/links",
    "/sheet/no-such-token",
    "/queue/no-such-token",
]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


def is_sentence(answer: str) -> bool:
    """Whether what it says, and nothing around it, is one of the pages' sentences."""
    if answer.startswith("{"):
        said = json.loads(answer)["error"]
    else:
        said = html.unescape(re.findall(r"<h1>(.*?)</h1>", answer, re.DOTALL)[0])
    shapes = [re.sub(r"\\\{\w+\\\}", ".*", re.escape(template)) for template in ZH_PAGES.values()]
    return any(re.fullmatch(shape, said) for shape in shapes)


async def test_an_unknown_address_is_a_404_page_with_a_sentence(scene: Scene) -> None:
    for path in ("/nope", "/sheet/", "/sheet/x", "/queue/x", "/sheet/x/events", "/admin/x", "/static/x.js"):
        async with scene.http.get(scene.base + path) as answer:
            assert answer.status == 404, path
            assert is_sentence(await answer.text()), path


async def test_an_oversized_body_is_refused_before_it_is_read(scene: Scene) -> None:
    for path, data in [(p, d) for p in POSTS for d in (b"x" * 70_000, _drip(b"x" * 1000, 70))]:
        async with scene.http.post(scene.base + path, data=data, headers={"Accept": "application/json"}) as answer:
            assert answer.status == 413
            assert "64 KB" in (await answer.json())["error"]


async def _drip(chunk: bytes, count: int) -> AsyncIterator[bytes]:
    """A body of undeclared length."""
    for _ in range(count):
        yield chunk


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Cookie": "admin=whatever"},
    ],
)
async def test_a_request_from_another_site_changes_nothing(scene: Scene, headers: dict[str, str]) -> None:
    for path in POSTS:
        async with scene.http.post(scene.base + path, data={"token": ADMIN_TOKEN}, headers=headers) as answer:
            assert answer.status == 403
            assert is_sentence(await answer.text())


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("multipart/form-data", b"--x"),
        ("application/x-www-form-urlencoded", b"%ff=%fe&\x00=1"),
        ("application/x-www-form-urlencoded", b"token=" + b"a" * 60_000),
        ("text/plain", b"token=x"),
        ("application/json", b"{}"),
    ],
)
async def test_a_malformed_form_is_refused_with_a_sentence(scene: Scene, kind: str, body: bytes) -> None:
    headers = {"Content-Type": kind, "Origin": scene.base}
    for path in ("/chat/login", "/admin/login"):
        async with scene.http.post(scene.base + path, data=body, headers=headers) as answer:
            assert 400 <= answer.status < 500
            assert is_sentence(await answer.text()), path


async def test_a_method_that_an_address_does_not_know_is_refused(scene: Scene) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        async with scene.http.request(method, scene.base + "/", headers={"Origin": scene.base}) as answer:
            assert answer.status == 405


async def test_every_answer_forbids_foreign_content_and_framing(scene: Scene) -> None:
    for path in ("/", "/chat", "/admin", "/nope", "/static/app.js", "/status.json", "/feed.atom"):
        async with scene.http.get(scene.base + path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


async def test_pages_hold_no_inline_script_or_style_and_no_foreign_address(scene: Scene) -> None:
    for path in ("/", "/chat", "/admin"):
        async with scene.http.get(scene.base + path) as answer:
            text = await answer.text()
        assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)
        assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", text)


async def test_what_a_person_types_is_shown_as_text(scene: Scene) -> None:
    nasty = "<script>alert(1)</script>"
    now = scene.clock.now()
    await scene.store.write(lambda tx: scene.switch.enter_emergency(tx, by="test", reason=f"接口超时 {nasty}", now=now))
    async with scene.http.get(scene.base + "/") as answer:
        text = await answer.text()
    assert nasty not in text
    assert "&lt;script&gt;" in text


async def test_the_first_load_of_the_status_page_is_small(scene: Scene) -> None:
    await scene.enter_emergency()
    async with scene.http.get(scene.base + "/") as answer:
        text = await answer.text()
    total = len(text.encode())
    for asset in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text)):
        async with scene.http.get(scene.base + asset) as answer:
            total += len(await answer.read())
    assert 5_000 < total <= 60_000


async def test_an_asset_with_its_fingerprint_is_kept_for_ever(scene: Scene) -> None:
    async with scene.http.get(scene.base + "/") as answer:
        text = await answer.text()
    address = re.findall(r'href="(/static/app.css[^"]+)"', text)[0]
    async with scene.http.get(scene.base + address) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    async with scene.http.get(scene.base + "/static/app.css") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


async def test_the_language_follows_the_address_then_the_cookie_then_the_campus(scene: Scene) -> None:
    async def title(path: str, cookie: str = "") -> str:
        headers = {"Cookie": f"lang={cookie}"} if cookie else {}
        async with scene.http.get(scene.base + path, headers=headers) as answer:
            return str(re.findall(r"<html lang=\"([^\"]+)\"", await answer.text())[0])

    assert await title("/") == "zh-CN"
    assert await title("/", "en") == "en"
    assert await title("/?lang=zh", "en") == "zh-CN"
    assert await title("/?lang=xx", "yy") == "zh-CN"


async def test_both_languages_have_the_same_page_sentences() -> None:
    from core.texts.en_pages import TEXTS as EN_PAGES

    assert set(ZH_PAGES) == set(EN_PAGES)
    assert not set(ZH_PAGES) & set(zh.TEXTS)
    assert not set(EN_PAGES) & set(en.TEXTS)


async def test_a_taken_port_is_said_in_one_line(scene: Scene) -> None:
    port = int(scene.base.rpartition(":")[2])
    from bot.pages.server import PageParts, build_app

    parts = PageParts(scene.store, scene.clock, scene.settings, scene.local_chat, scene.switch, dict)
    with pytest.raises(PortTaken) as caught:
        await serve(build_app(parts), host="127.0.0.1", port=port, announce=lambda _: None)
    assert str(port) in str(caught.value)
    assert "web.port" in caught.value.hint


async def test_open_streams_end_at_once_when_the_service_stops(tmp_path: Path) -> None:
    started = asyncio.get_running_loop().time()
    async with page_scene(tmp_path) as scene:
        streams = [await scene.http.get(f"{scene.base}/events/status") for _ in range(3)]
        for stream in streams:
            assert (await stream.content.readline()).startswith(b"retry")
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started < 3


async def test_a_store_that_another_program_holds_is_said_and_works_again(scene: Scene) -> None:
    await scene.store.write(lambda tx: tx.execute("PRAGMA busy_timeout = 50").fetchone())
    other = sqlite3.connect(scene.store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    status, answer = await scene.post("/chat/api/building-12/messages", text="米饭", client_id="c1")
    other.execute("ROLLBACK")
    other.close()
    assert (status, answer["error"]) == (503, text("zh", "page_store_busy"))
    status, _ = await scene.post("/chat/api/building-12/messages", text="米饭", client_id="c1")
    assert status == 200


async def test_a_full_disk_is_said_and_nothing_is_acknowledged(scene: Scene) -> None:
    (pages,) = await scene.store.write(lambda tx: tx.execute("PRAGMA page_count").fetchone())
    # The writer's connection may not grow its file: SQLite answers as it does on a full disk.
    await scene.store.write(lambda tx: tx.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    statuses = set()
    for number in range(60):
        status, answer = await scene.post("/chat/api/building-12/messages", text="饭" * 3000, client_id=f"c{number}")
        statuses.add(status)
        if status == 507:
            assert "磁盘" in answer["error"]
            refused = f"c{number}"
    assert 507 in statuses
    await scene.store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1000000").fetchone())
    status, _ = await scene.post("/chat/api/building-12/messages", text="饭" * 3000, client_id=refused)
    assert status == 200
