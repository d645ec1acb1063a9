"""An admin says that one part of the platform is broken, or works again: `/partial on payments REASON`."""

from __future__ import annotations

from bot.desks.desk import Answer, Visit
from core.errors import ModeConflict
from core.health import Cause
from core.ports import ModeSwitch
from core.texts import text
from fallback_store import incident_log
from fallback_store.database import Tx

_ON, _OFF = frozenset({"on", "开", "坏了"}), frozenset({"off", "关", "好了"})
_PAYMENTS = frozenset({"payments", "pay", "付款", "支付"})
#: Longest reason kept.
_REASON_LENGTH = 200


def partial(tx: Tx, visit: Visit, switch: ModeSwitch[Tx], rest: str) -> Answer:
    """`on WHAT REASON` or `off WHAT`; WHAT is `payments`, a merchant by name or id, or of what is broken its name."""
    word, _, said = rest.partition(" ")
    what, _, reason = said.strip().partition(" ")
    part = _part(visit, what)
    if word.lower() in _OFF:
        # A kitchen may have left the menu since it broke, and a canteen never was on it.
        part = _open_part(tx, what) or part
    if part is None or word.lower() not in _ON | _OFF or (word.lower() in _ON and not reason.strip()):
        return Answer(text(visit.language, "partial_how"))
    by, now = visit.person.id, visit.now
    try:
        if word.lower() in _ON:
            words = reason.strip()[:_REASON_LENGTH]
            switch.enter_partial(tx, by=by, reason=words, now=now, cause=Cause.BY_HAND, part=part)
            return Answer(text(visit.language, "partial_on", what=what))
        words = reason.strip()[:_REASON_LENGTH] or text(visit.language, "partial_off_reason")
        switch.leave_partial(tx, by=by, reason=words, now=now, part=part)
    except ModeConflict as conflict:
        return Answer(f"{conflict}\n{conflict.hint}".strip())
    return Answer(text(visit.language, "partial_off", what=what))


def _open_part(tx: Tx, what: str) -> str | None:
    parts = [incident.part for incident in incident_log.all_open(tx)]
    return next((part for part in parts if what and what in (part, part.partition(":")[2])), None)


def _part(visit: Visit, what: str) -> str | None:
    if what.lower() in _PAYMENTS:
        return "payments"
    merchants = visit.menu.catalog.merchants if visit.menu else ()
    found = [one.id for one in merchants if what and what in (one.id, one.name, *one.aliases)]
    return f"merchant:{found[0]}" if len(found) == 1 else None
