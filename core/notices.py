"""What to tell whom about an outage, and when: sentences built from facts, for the language of each chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from core.cause import Cause
from core.incident import Incident, steps_of
from core.mode import Mode
from core.notice_lint import is_vague
from core.texts import text


class NoticeKind(StrEnum):
    """Why the groups hear from us."""

    OPENED = "opened"
    PARTIAL = "partial"
    UPDATE = "update"
    HAND_BACK = "hand_back"
    RETURNED = "returned"
    RESOLVED = "resolved"
    PARTIAL_OVER = "partial_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRules:
    """What every notice needs to know about this campus."""

    #: the campus's name, as its platform is called after it
    platform: str
    #: the campus's clock
    timezone: tzinfo
    #: `zh` or `en`: the journal's language, and an admin's who did not say
    language: str = "zh"
    #: seconds between notices, news or not
    every_s: float = 1200.0
    #: seconds admins have to edit a notice that no person asked for; 0 = it is told at once
    countdown_s: float = 0.0
    #: where students order while the primary is in charge; "" = not told
    order_url: str = ""
    #: our public status page; "" = not told
    status_url: str = ""
    #: mail addresses and names of webhooks that hear every notice
    mail: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """What is known at the moment of one notice."""

    kind: NoticeKind
    incident: Incident
    mode: Mode
    now: datetime
    #: as of when menu and prices are; None = there is no menu
    menu_at: datetime | None
    #: orders recorded in this incident so far
    orders: int
    #: the merchant or canteen that cannot be reached, as people call it; "" = the incident is about something else
    place: str = ""
    #: the primary has been well for a while, though the orders are still ours
    is_back: bool = False


#: A notice that an admin holds back goes out by itself after this long, seconds: silence is what people hate most.
HOLD_S = 600.0


def is_for_people(kind: NoticeKind) -> bool:
    """Whether it is worth a private message to whoever waits for an order; a mere update is not."""
    return kind is not NoticeKind.UPDATE


def seconds_to_next_notice(incident: Incident, now: datetime, rules: NoticeRules) -> float:
    """How long until the groups should hear from us again, by the wall clock.

    A clock that was set back must not silence us: a notice from the future counts as just told.
    """
    if incident.noticed_at is None:
        return 0.0
    return max(0.0, rules.every_s - max(0.0, (now - incident.noticed_at).total_seconds()))


def cause_text(language: str, cause: Cause | None, said: str = "", hot: str = "", place: str = "") -> str:
    """What is wrong, in words. `said`: the reason a person gave; one that says nothing is not repeated.

    `place`: the merchant or canteen it is about, as `place_text` calls it.
    """
    if place and cause in (Cause.MERCHANT, Cause.CANTEEN):
        return text(language, f"cause_{cause}_place", place=place)
    if cause is Cause.BY_HAND and not is_vague(said):
        return text(language, "cause_by_hand_said", said=said)
    return text(language, f"cause_{cause or 'over'}", hot=hot)


def clock_text(moment: datetime, now: datetime, rules: NoticeRules) -> str:
    """The campus's time of day; with the date when it is not today's."""
    local, today = moment.astimezone(rules.timezone), now.astimezone(rules.timezone)
    return local.strftime("%H:%M" if local.date() == today.date() else "%m-%d %H:%M")


def notice_text(language: str, facts: NoticeFacts, rules: NoticeRules, edit: str = "") -> str:
    """The whole notice: what broke, since when, what works, what to do now, how far we are, when the next comes.

    `edit`: what an admin wrote instead; when the next one comes and where to look are added all the same.
    """
    body = edit.strip() or "\n".join(line for line in _facts(language, facts, rules) if line)
    return "\n".join([body, *(line for line in _ending(language, facts, rules) if line and line not in body)])


def _facts(language: str, facts: NoticeFacts, rules: NoticeRules) -> list[str]:
    incident = facts.incident
    if incident.closed_at is not None:
        return [_title(language, facts, rules), _took(language, facts, rules), _to_do(language, facts, rules)]
    since = clock_text(incident.broken_at, facts.now, rules)
    cause = cause_text(language, incident.cause, incident.said, place=_place(language, facts))
    broken = "notice_broken_back" if facts.is_back and facts.mode is Mode.EMERGENCY else "notice_broken"
    if facts.mode is Mode.HANDING_BACK:
        broken = "notice_broken_over"
    return [
        _title(language, facts, rules),
        text(language, broken, cause=cause, since=since),
        _works(language, facts, rules),
        _to_do(language, facts, rules),
        _bar(language, facts),
    ]


def _ending(language: str, facts: NoticeFacts, rules: NoticeRules) -> list[str]:
    page = text(language, "notice_page", url=rules.status_url) if rules.status_url else ""
    if facts.incident.closed_at is not None:
        return [page]
    following = clock_text(facts.now + timedelta(seconds=rules.every_s), facts.now, rules)
    return [text(language, "notice_next", time=following), page]


def _has_no_menu(facts: NoticeFacts) -> bool:
    return facts.mode is Mode.EMERGENCY and facts.menu_at is None


def _title(language: str, facts: NoticeFacts, rules: NoticeRules) -> str:
    if facts.place:
        kinds = (NoticeKind.PARTIAL_OVER, NoticeKind.UPDATE)
        kind = facts.kind if facts.kind in kinds else NoticeKind.PARTIAL
        return text(language, f"notice_title_{kind}_place", place=_place(language, facts))
    is_opening = facts.kind in (NoticeKind.OPENED, NoticeKind.RETURNED)
    name = "no_menu" if is_opening and _has_no_menu(facts) else facts.kind.value
    mode = text(language, f"mode_{facts.mode}")
    return text(language, f"notice_title_{name}", platform=rules.platform, mode=mode)


def place_text(language: str, part: str, name: str) -> str:
    """The merchant or canteen that `merchant:ID` or `canteen:NAME` stands for; `name`: what people call it."""
    return text(language, "place_canteen", name=name) if part.startswith("canteen:") else name


def _place(language: str, facts: NoticeFacts) -> str:
    return place_text(language, facts.incident.part, facts.place)


def _works(language: str, facts: NoticeFacts, rules: NoticeRules) -> str:
    if facts.place:
        return text(language, "notice_works_place")
    match facts.mode:
        case Mode.HANDING_BACK:
            return text(language, "notice_works_hand_back", orders=facts.orders)
        case Mode.EMERGENCY if facts.menu_at is None:
            return text(language, "notice_works_no_menu")
        case Mode.EMERGENCY:
            menu = clock_text(facts.menu_at or facts.now, facts.now, rules)
            works = text(language, "notice_works", menu=menu)
            # None yet is no news.
            return text(language, "notice_works_orders", works=works, orders=facts.orders) if facts.orders else works
        case _:
            return text(language, "notice_works_partial")


def _to_do(language: str, facts: NoticeFacts, rules: NoticeRules) -> str:
    link = f" {rules.order_url}" if rules.order_url else ""
    if facts.place:
        name = "notice_todo_place_over" if facts.incident.closed_at else "notice_todo_place"
        return text(language, name, link=link, place=_place(language, facts))
    if facts.kind is NoticeKind.PARTIAL_OVER:
        return text(language, "notice_todo_platform", link=link)
    match facts.mode:
        case Mode.HANDING_BACK:
            return text(language, "notice_todo_hand_back")
        case Mode.EMERGENCY:
            return text(language, "notice_todo_no_menu" if facts.menu_at is None else "notice_todo_order")
        case Mode.PARTIAL:
            return text(language, "notice_todo_partial", link=link)
        case _:
            return text(language, "notice_todo_platform", link=link)


def _bar(language: str, facts: NoticeFacts) -> str:
    """Ticked steps; payments have none to tick, without a menu nothing is done, and a percentage would be a guess."""
    if facts.mode not in (Mode.EMERGENCY, Mode.HANDING_BACK) or _has_no_menu(facts):
        return ""
    steps = steps_of(facts.incident, facts.mode)
    done = sum(steps.values())
    last = [step for step, is_done in steps.items() if is_done][-1]
    bar = "■" * done + "□" * (len(steps) - done)
    return text(language, "notice_bar", bar=bar, done=done, all=len(steps), step=text(language, f"step_{last}"))


def _took(language: str, facts: NoticeFacts, rules: NoticeRules) -> str:
    incident = facts.incident
    until = incident.closed_at or facts.now
    name = "notice_took_partial" if facts.kind is NoticeKind.PARTIAL_OVER else "notice_took"
    return text(
        language,
        name,
        since=clock_text(incident.broken_at, facts.now, rules),
        until=clock_text(until, facts.now, rules),
        minutes=minutes_between(incident.broken_at, until),
        orders=facts.orders,
    )


def minutes_between(start: datetime, end: datetime) -> int:
    """Whole minutes as the clocks beside them show, at least one: nobody's outage took nothing."""
    first, last = (moment.replace(second=0, microsecond=0) for moment in (start, end))
    return max(1, (last - first) // timedelta(minutes=1))
