"""What the public pages say of how things stand, for people, programs and feed readers alike."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request

from bot.pages.last_good import LastGood
from bot.pages.parts import PageParts, parts_of
from core.errors import Temporary
from core.incident import Incident
from core.incident_story import Chapter
from core.mode import Mode
from core.notices import cause_text
from core.texts import text
from fallback_store import public_status
from fallback_store.public_status import PublicStatus

PAST_SHOWN = 8
#: Incidents in the history and the feeds.
HISTORY_SHOWN = 50

#: What a person can do in each mode; True = it works.
_WORKS: Final[dict[Mode, dict[str, bool]]] = {
    Mode.NORMAL: {"platform": True},
    Mode.WATCHING: {"platform": True},
    Mode.PARTIAL: {"platform": True, "payment": True},
    Mode.EMERGENCY: {"platform": False, "chat": True, "delivery": True, "payment": False},
    # Neither takes orders until both books agree.
    Mode.HANDING_BACK: {"platform": False, "chat": False, "delivery": True},
}


class StatusBoard:
    """The public answers, remembered; one per app."""

    def __init__(self, parts: PageParts) -> None:
        store, clock = parts.store, parts.clock
        #: language → what the live half of the page was made of, and what came out
        self.live_half: dict[str, tuple[tuple[PublicStatus, bool, int], str]] = {}
        self.now = LastGood(
            clock,
            lambda: public_status.read(store, clock.now(), incidents=PAST_SHOWN + 8, tells_past=False),
            lambda: store.revision,
        )
        # Long, so read only when there is something new to tell: a notice, a change of the mode.
        self._history = LastGood(
            clock,
            lambda: public_status.read(store, clock.now(), incidents=HISTORY_SHOWN, tells_past=True),
            lambda: self.now.changes,
        )

    async def history(self) -> PublicStatus:
        """The same with every incident's story. Raises: Temporary."""
        await self.now.get()
        return await self._history.get()

    async def warm_up(self) -> None:
        """Learns how things stand before the first who asks: by then the store may not be well."""
        with contextlib.suppress(Temporary):
            await self.history()


def board_of(request: Request) -> StatusBoard:
    """The app's one."""
    board = request.app.state.status_board
    assert isinstance(board, StatusBoard)
    return board


def mode_for_people(found: PublicStatus) -> Mode:
    """The mode as far as it concerns people: what only admins care for, an old certificate say, is watched unseen."""
    state = found.state
    return Mode.NORMAL if state.mode is Mode.WATCHING and not state.is_felt else state.mode


def works(found: PublicStatus) -> dict[str, bool]:
    """What works for people now: platform, chat, delivery, payment; absent = it is not the question."""
    answer = dict(_WORKS[found.state.mode])
    if found.state.mode is Mode.EMERGENCY and found.menu_at is None:
        answer["chat"] = False
    if found.state.mode is Mode.PARTIAL and any(one.is_about_payments for one in found.lasting):
        answer["payment"] = False
    return answer


def to_do(language: str, found: PublicStatus) -> str:
    """The one thing a student should do now."""
    mode = mode_for_people(found)
    name = "no_menu" if mode is Mode.EMERGENCY and found.menu_at is None else mode.value
    if mode is Mode.PARTIAL and works(found)["payment"]:
        name = "partial_place"
    return text(language, f"status_todo_{name}")


def name_of(language: str, found: PublicStatus, incident: Incident) -> str:
    """What broke, in words; the merchant or canteen by its name, as the first notice about it had it."""
    if incident.is_about_a_place:
        told = [chapter for chapter in found.stories.get(incident.id, ()) if chapter.notice is not None]
        if told:
            return words_of(language, told[-1]).partition("\n")[0]
    return cause_text(language, incident.cause, incident.said)


def next_at(found: PublicStatus, every_s: float) -> datetime | None:
    """When people hear again at the latest; None when nothing lasts."""
    told = [incident.noticed_at for incident in found.lasting if incident.noticed_at is not None]
    return min(told) + timedelta(seconds=every_s) if told else None


def words_of(language: str, chapter: Chapter) -> str:
    """What people were told in a chapter, or what its stage means when they were told nothing new."""
    if chapter.notice is None:
        return text(language, f"status_stage_{chapter.stage.value}_means")
    told = chapter.notice.texts
    return told.get(language) or next(iter(told.values()), "")


def base_of(request: Request) -> str:
    """The address people reach these pages at."""
    return parts_of(request).settings.web.public_url.rstrip("/") or str(request.base_url).rstrip("/")
