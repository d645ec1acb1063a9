"""What an admin reads: the state of everything in one message, and what a step just did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.desks.desk import Answer
from core.ago import ago
from core.authors import author
from core.chat import Button, ButtonRows, Person, Role
from core.mode import Mode, ModeState
from core.texts import text
from fallback_store.chat_changes import LostGroup
from fallback_store.notice_ledger import Reach, percent
from fallback_store.overview import Overview

#: Reasons offered as buttons, by the digit in the button's action.
REASONS = ("admin_reason_down", "admin_reason_slow", "admin_reason_orders", "admin_reason_drill")
#: Groups named at the most in one line.
GROUPS_LISTED = 10
#: Holders of a role listed at the most.
PEOPLE_LISTED = 50


def ask_reason(language: str, mode: ModeState) -> Answer:
    """Why? The button carries the epoch that was seen: of two admins at once one wins."""
    rows = tuple((Button(text(language, name), f"admin:on:{n}:{mode.epoch}"),) for n, name in enumerate(REASONS))
    return Answer(text(language, "admin_ask_reason"), rows)


def switched(language: str, name: str, state: ModeState, timezone: tzinfo, *, has_no_menu: bool) -> Answer:
    """What a step did; `has_no_menu`: an emergency without a snapshot takes no orders, and says so at once."""
    until = _clock(state.lock.until, timezone) if state.lock else ""
    words = text(language, name, epoch=state.epoch, mode=text(language, f"mode_{state.mode.value}"), until=until)
    return Answer(words + (text(language, "admin_entered_no_menu") if has_no_menu else ""))


def status(language: str, found: Overview, timezone: tzinfo, now: datetime) -> Answer:
    """Mode, snapshot, what waits and what needs a person; a button for the sensible next step."""
    mode = found.mode
    lines = [
        text(
            language,
            "admin_status_mode",
            mode=text(language, f"mode_{mode.mode.value}"),
            epoch=mode.epoch,
            since=_clock(mode.since, timezone),
            ago=ago(mode.since, now, language),
            reason=text(language, "admin_status_reason", reason=mode.reason, by=author(language, mode.by))
            if mode.reason
            else "",
        )
    ]
    if mode.lock is not None:
        until = _clock(mode.lock.until, timezone)
        lines.append(
            text(language, "admin_status_lock", until=until, by=author(language, mode.lock.by), reason=mode.lock.reason)
        )
    lines.append(_snapshot(language, found, now))
    lines.append(text(language, "admin_status_orders", count=found.orders_in_epoch, open=found.orders_open))
    lines.append(
        text(
            language,
            "admin_status_waiting",
            inbox=found.inbox_waiting,
            outgoing=found.outgoing_waiting,
            outbox=found.outbox_unsettled,
        )
    )
    lines += _for_people(language, found)
    return Answer("\n".join(lines), _next_step(language, mode))


def reach(language: str, reaches: Sequence[Reach]) -> str:
    """How far the last notice came; "" before the first."""
    share = percent(reaches)
    if share is None:
        return ""
    sent, waiting, failed = (sum(getattr(one, name) for one in reaches) for name in ("sent", "waiting", "failed"))
    figures = {"sent": sent, "all": sent + waiting + failed, "waiting": waiting, "failed": failed}
    return text(language, "admin_status_reach", percent=share, **figures)


def lost(language: str, groups: Sequence[LostGroup]) -> list[str]:
    """Which groups hear nothing, and what to do; no line when all do."""
    if not groups:
        return []
    names = text(language, "list_comma").join(
        text(language, "admin_status_lost_group", building=one.building, group=one.group)
        for one in groups[:GROUPS_LISTED]
    )
    return [text(language, "admin_status_lost", count=len(groups), names=names)]


def holders(language: str, role: Role, found: Sequence[Person]) -> Answer:
    """Everybody who holds a role, and where."""
    comma, name = text(language, "list_comma"), text(language, f"admin_role_{role.value}")
    if not found:
        return Answer(text(language, "admin_who_nobody", role=name))
    lines = [
        text(
            language,
            "admin_who_line",
            name=person.name or "—",
            id=person.id,
            scopes=comma.join(sorted(scope or text(language, "admin_everywhere") for scope in person.roles[role])),
        )
        for person in found[:PEOPLE_LISTED]
    ]
    return Answer("\n".join([text(language, "admin_who", role=name, count=len(found)), *lines]))


# Inside ----------------------------------------------------------------------------------------


def _snapshot(language: str, found: Overview, now: datetime) -> str:
    if found.snapshot_version is None or found.snapshot_confirmed_at is None:
        return text(language, "admin_status_no_snapshot")
    age = ago(found.snapshot_confirmed_at, now, language)
    return text(language, "admin_status_snapshot", version=found.snapshot_version, ago=age)


def _for_people(language: str, found: Overview) -> list[str]:
    """Only what a person has to look at: no line for a zero."""
    counts = {
        "admin_status_quarantined": found.inbox_quarantined,
        "admin_status_failed": found.outgoing_failed,
        "admin_status_parked": found.outbox_parked,
        "admin_status_troubled": found.orders_troubled,
    }
    return [text(language, name, count=count) for name, count in counts.items() if count]


def _next_step(language: str, mode: ModeState) -> ButtonRows:
    if mode.mode is Mode.EMERGENCY:
        return ((Button(text(language, "admin_button_hand_back"), f"admin:off:{mode.epoch}"),),)
    return ()


def _clock(moment: datetime, timezone: tzinfo) -> str:
    return moment.astimezone(timezone).strftime("%m-%d %H:%M")
