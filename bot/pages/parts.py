"""What the pages are built from; `main.py` hands it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.routing import BaseRoute

from bot.channels.local_chat import LocalChat
from core.ports import Clock, ModeSwitch
from core.settings import Settings
from fallback_store.database import Store, Tx


@dataclass(frozen=True, slots=True)
class PageParts:
    """Everything a page may look at or ask for."""

    store: Store
    clock: Clock
    settings: Settings
    local_chat: LocalChat
    mode_switch: ModeSwitch[Tx]
    #: the watch's latest figures by name
    metrics: Callable[[], Mapping[str, float]]
    #: where vendors of chats reach us: addresses the channels bring along
    channel_routes: Sequence[BaseRoute] = ()
    #: somebody reports to be alive; False when nobody of that name is expected
    beat: Callable[[str], bool] = lambda _: False
    #: for how long the watch has concluded nothing, seconds
    watch_silent_s: Callable[[], float] = lambda: 0.0
    #: how often each part of the service was begun anew because the store could not be asked
    interruptions: Mapping[str, int] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The campus's time zone: what every shown time is in."""
        return ZoneInfo(self.settings.campus.timezone)


def parts_of(request: Request) -> PageParts:
    """The parts of the app that serves this request."""
    parts = request.app.state.parts
    assert isinstance(parts, PageParts)
    return parts
