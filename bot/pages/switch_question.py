"""The console's part about what the watch asks before a switch: the question with its countdown, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from bot.pages.admins import BY, require_admin_form
from bot.pages.forms import done
from bot.pages.parts import PageParts, parts_of
from core.catalog import Catalog
from core.ids import MerchantId
from core.mode import Mode
from core.notices import cause_text, place_text
from core.texts import text
from fallback_store import switch_questions
from fallback_store.switch_questions import SwitchQuestion

_CONSOLE = "/admin"
#: Facts that tell an admin at a glance whether the watch is right: 1 = so, 0 = not so.
_TELLING = ("probe_ok", "write_ok", "pay_probe", "ref_ok")


@dataclass(frozen=True, slots=True)
class AskedNow:
    """A question that waits, in the reader's language."""

    id: int
    cause: str
    broken_at: datetime
    mode: str
    #: what the switch would do
    means: str
    #: what is done when nobody answers
    silence: str
    #: seconds left to answer
    left_s: int


async def asked_now(parts: PageParts, language: str, catalog: Catalog | None) -> AskedNow | None:
    """What the console asks; None = nothing waits for an answer."""
    question = await switch_questions.newest(parts.store)
    if question is None or question.reply is not None:
        return None
    place = _place(language, question, catalog)
    return AskedNow(
        id=question.id,
        cause=cause_text(language, question.cause, place=place),
        broken_at=question.broken_at,
        mode=text(language, f"mode_{question.mode}"),
        means=text(language, f"asked_means_{_step(question, has_menu=catalog is not None)}", place=place),
        silence=text(language, f"asked_silence_{parts.settings.watch.on_silence}"),
        left_s=max(0, round((question.due_at - parts.clock.now()).total_seconds())),
    )


def seen_now(parts: PageParts, language: str) -> dict[str, bool]:
    """What the watch saw in its last round: what it asked → whether that was well; what it could not read is absent."""
    figures = parts.metrics()
    return {text(language, f"asked_fact_{name}"): figures[name] >= 1 for name in _TELLING if name in figures}


async def switch(request: Request) -> Response:
    """POST: switch now."""
    return await _answer(request, switches=True)


async def leave(request: Request) -> Response:
    """POST: leave things as they are; not asked again while this lasts."""
    return await _answer(request, switches=False)


async def _answer(request: Request, *, switches: bool) -> Response:
    """The same row as in the chats: of two answers the first counts, and the second is told so."""
    await require_admin_form(request)
    parts, question_id = parts_of(request), int(request.path_params["question_id"])
    now = parts.clock.now()
    await parts.store.write(lambda tx: parts.mode_switch.answer(tx, question_id, switches=switches, by=BY, now=now))
    return done(request, _CONSOLE)


def _step(question: SwitchQuestion, *, has_menu: bool) -> str:
    if question.mode is Mode.EMERGENCY:
        return "emergency" if has_menu else "no_menu"
    return "partial" if question.part == "payments" else "partial_place"


def _place(language: str, question: SwitchQuestion, catalog: Catalog | None) -> str:
    _, _, label = question.part.partition(":")
    found = catalog.merchant_by_id.get(MerchantId(label)) if catalog else None
    return place_text(language, question.part, found.name if found else label)
