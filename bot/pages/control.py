"""What the shell commands ask of a running service: status, emergency, hand-back; JSON, behind the admin token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.pages.parts import PageParts, parts_of
from bot.pages.refusals import PageRefused
from bot.pages.sessions import is_same
from core.errors import ModeConflict
from core.mode import ModeState
from core.times import to_rfc3339
from fallback_store import hand_backs, incident_log, notice_ledger, notices, outbox
from fallback_store.database import Tx
from fallback_store.overview import read_overview

#: Who the journal names when the change came from the shell.
SHELL = "shell"


def routes() -> list[BaseRoute]:
    """The control addresses."""
    return [
        Route("/admin/api/status", status),
        Route("/admin/api/emergency", enter_emergency, methods=["POST"]),
        Route("/admin/api/hand-back", begin_hand_back, methods=["POST"]),
    ]


async def status(request: Request) -> Response:
    """GET: everything an operator's script wants to know."""
    parts = _authorised(request)
    return _json(await report(parts))


async def enter_emergency(request: Request) -> Response:
    """POST `{"reason"}`: 200 with the new mode, 409 with words when somebody was first."""
    parts, reason = _authorised(request), await _reason(request)
    now = parts.clock.now()
    return await _flip(parts, lambda tx: parts.mode_switch.enter_emergency(tx, by=SHELL, reason=reason, now=now))


async def begin_hand_back(request: Request) -> Response:
    """POST `{"reason"}`: the same; harmless while a hand-back is under way."""
    parts, reason = _authorised(request), await _reason(request)
    now = parts.clock.now()
    return await _flip(parts, lambda tx: parts.mode_switch.begin_hand_back(tx, by=SHELL, reason=reason, now=now))


async def report(parts: PageParts) -> dict[str, Any]:
    """Mode, epoch, incident, snapshot age, waiting rows, hand-back."""
    store, now = parts.store, parts.clock.now()
    # Read, never written: on a full disk an operator asks this first.
    seen = await read_overview(store, now)
    state, confirmed_at = seen.mode, seen.snapshot_confirmed_at
    open_incident = await incident_log.lasting(store)
    events = await outbox.counts(store)
    handed = await hand_backs.newest(store, 1)
    notice = await notices.newest(store)
    reaches = await notice_ledger.reach(store, notice.id) if notice else []
    return {
        "mode": state.mode.value,
        "epoch": state.epoch,
        "since": to_rfc3339(state.since),
        "by": state.by,
        "reason": state.reason,
        "locked_until": to_rfc3339(state.lock.until) if state.lock else None,
        "incident": open_incident.id if open_incident else None,
        "snapshot_age_s": round((now - confirmed_at).total_seconds()) if confirmed_at else None,
        "inbox_waiting": seen.inbox_waiting,
        "inbox_quarantined": seen.inbox_quarantined,
        "outgoing_waiting": seen.outgoing_waiting,
        "outgoing_failed": seen.outgoing_failed,
        "outbox_total": events.total,
        "outbox_unsettled": events.unsettled,
        "outbox_parked": events.parked,
        "notice": notice.number if notice else None,
        "notice_reach_percent": notice_ledger.percent(reaches),
        "hand_back": handed[0].step.value if handed else None,
        "hand_back_detail": handed[0].detail if handed else None,
        "proof": handed[0].proof_path if handed else None,
    }


async def _flip(parts: PageParts, flip: Callable[[Tx], ModeState]) -> Response:
    try:
        state = await parts.store.write(flip)
    except ModeConflict as conflict:
        return _json({"error": str(conflict), "hint": conflict.hint}, 409)
    return _json({"mode": state.mode.value, "epoch": state.epoch})


def _authorised(request: Request) -> PageParts:
    parts = parts_of(request)
    token = parts.settings.web.admin_token
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if not token or scheme.lower() != "bearer" or not is_same(shown.strip(), token):
        raise PageRefused(401, "control_denied")
    return parts


async def _reason(request: Request) -> str:
    try:
        reason = orjson.loads(await request.body())["reason"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise PageRefused(400, "control_reason_missing") from None
    if not isinstance(reason, str) or not reason.strip():
        raise PageRefused(400, "control_reason_missing")
    return reason.strip()[:500]


def _json(body: dict[str, Any], status_code: int = 200) -> Response:
    return Response(orjson.dumps(body), status_code, media_type="application/json")
