"""`check`: tries everything that is configured, and says of each thing missing how to put it right."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import aiohttp

from core.ago import ago
from core.errors import FallbackError, PrimaryUnreachable, StoreLocked
from core.settings import Settings
from fallback_store import catalog_snapshots
from fallback_store.database import Store
from service.checking_notices import check_notices
from service.checking_telegram import check_telegram
from service.checking_watch import check_watch
from service.checking_wechat import check_wechat
from service.finding import Finding
from service.remote import Remote
from service.stock_sheet import check_sheet
from sync.primary_http import PrimaryHttp
from watch.probes import is_the_reference
from watch.system_clock import SystemClock


async def check_everything(settings: Settings) -> list[Finding]:
    """Every finding, in the order to put things right. An older store is brought up to date; else nothing changes."""
    findings = [*await _store(settings), *_web(settings)]
    async with PrimaryHttp(settings.primary.base_url, settings.primary.token, timeout_s=5.0) as primary:
        for what, question in _questions(primary):
            findings.append(await _asked(what, question))
    return [
        *findings,
        await _reference(settings),
        *await check_watch(settings),
        _people(settings),
        *await check_telegram(settings),
        *await check_wechat(settings),
        *await check_sheet(settings),
        *await check_notices(settings),
    ]


async def _store(settings: Settings) -> list[Finding]:
    if not settings.store.path.exists():
        return [_place_for_store(settings.store.path), Finding("snapshot", False, "there is none yet", _NO_SNAPSHOT)]
    try:
        async with await Store.open(settings.store.path) as store:
            opened = Finding("store", True, str(settings.store.path))
            return [opened, await _snapshot(store, settings)]
    except StoreLocked as locked:
        return [Finding("store", True, f"{locked} That is the running service."), await _running_snapshot(settings)]
    except FallbackError as problem:
        return [Finding("store", False, str(problem), problem.hint)]


def _place_for_store(path: Path) -> Finding:
    """Looked at, not made: a check changes nothing."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return Finding("store", False, f"{path}: {folder} is no folder we may write in", "Point store.path elsewhere.")
    return Finding("store", True, f"{path}: not there yet, the first start makes it")


_NO_SNAPSHOT = "An emergency now would find no menu. Start the service while the primary is healthy."


async def _snapshot(store: Store, settings: Settings) -> Finding:
    confirmed_at = await store.write(catalog_snapshots.confirmed_at)
    if confirmed_at is None:
        return Finding("snapshot", False, "there is none yet", _NO_SNAPSHOT)
    now = SystemClock().now()
    return _aged((now - confirmed_at).total_seconds(), ago(confirmed_at, now, "en"), settings)


async def _running_snapshot(settings: Settings) -> Finding:
    try:
        age_s = (await asyncio.to_thread(lambda: Remote(settings).status()))["snapshot_age_s"]
    except FallbackError as problem:
        return Finding("snapshot", False, f"the running service could not be asked: {problem}", problem.hint)
    if age_s is None:
        return Finding("snapshot", False, "there is none yet", _NO_SNAPSHOT)
    now = SystemClock().now()
    return _aged(age_s, ago(now - timedelta(seconds=age_s), now, "en"), settings)


def _aged(age_s: float, shown: str, settings: Settings) -> Finding:
    is_fresh = age_s <= settings.sync.stale_after_s
    hint = "" if is_fresh else "Prices and stock may have changed: start the service while the primary is healthy."
    return Finding("snapshot", is_fresh, f"confirmed {shown}", hint)


def _web(settings: Settings) -> list[Finding]:
    token = settings.web.admin_token
    findings = [
        Finding("web.admin_token", bool(token), "set" if token else "empty: console and shell commands are shut",
                "" if token else "Set it (FALLBACK_WEB__ADMIN_TOKEN) for the service and the shell."),
    ]  # fmt: skip
    host = "127.0.0.1" if settings.web.host in ("0.0.0.0", "::", "") else settings.web.host  # noqa: S104
    try:
        socket.create_connection((host, settings.web.port), timeout=1.0).close()
        is_taken = True
    except OSError:
        is_taken = False
    found = f"{settings.web.host}:{settings.web.port} " + ("answers" if is_taken else "is free")
    return [*findings, Finding("web", True, found)]


def _questions(primary: PrimaryHttp) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
    async def health() -> str:
        answer = await primary.health()
        return f"answers: {answer}"

    async def catalog() -> str:
        fetched = await primary.catalog(None)
        return "served" if fetched else "unchanged"

    async def directory() -> str:
        fetched = await primary.directory(None)
        return "served" if fetched else "unchanged"

    async def writes() -> str:
        await primary.dry_run_order(b"")
        return "accepts a dry run"

    return [
        ("primary health", health),
        ("primary catalog", catalog),
        ("primary directory", directory),
        ("primary writes", writes),
    ]


async def _asked(what: str, question: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what, True, await question())
    except PrimaryUnreachable as problem:
        return Finding(what, False, str(problem), "Check primary.base_url and whether the primary is up.")
    except FallbackError as problem:
        return Finding(what, False, str(problem), problem.hint)


async def _reference(settings: Settings) -> Finding:
    url = settings.watch.reference_url
    if not url:
        return Finding(
            "watch.reference_url",
            False,
            "empty: an outage of our own network would be blamed on the primary",
            "Name something that is not the primary, such as the campus home page.",
        )
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5.0)) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            is_ok = is_the_reference(url, answer)
            hint = (
                ""
                if is_ok
                else (
                    "A portal answers in its name, or it leads to another host: log this machine in to the network,"
                    " or name the address it leads to."
                )
            )
            return Finding("watch.reference_url", is_ok, f"answers {answer.status}", hint)
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        found = f"{type(problem).__name__}: {problem}".rstrip(": ")
        return Finding("watch.reference_url", False, found, "Check the address and this machine's network.")


def _people(settings: Settings) -> Finding:
    count = len(settings.people.admins)
    hint = "" if count else "List at least one under people.admins, or nobody can flip the mode from a chat."
    return Finding("people.admins", bool(count), f"{count} listed", hint)
