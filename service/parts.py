"""Which parts there are and who is handed to whom: the one place that knows everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.board import BoardRules, Boards
from bot.channels.local_chat import LocalChat
from bot.desks.every_desk import every_desk
from bot.desks.followed_queues import FollowedQueues
from bot.front_desk import FrontDesk
from bot.loan_ends import LoanEnds
from bot.pages.parts import PageParts
from bot.queue_boards import QueueBoards
from bot.sender import Sender
from bot.ticket_rounds import TicketRounds
from core.observation_settings import silence_limit_s
from core.ports import Channel, Clock, Intake, Primary
from core.retry import RetrySchedule
from core.settings import Settings
from fallback_store.database import Store, Tx
from service.calendar import Calendar
from service.channels import connect
from service.notices import notice_rules, notice_works
from service.outliving import Outliving
from service.retention import Retention
from service.stock_sheet import sheet_works
from service.telling import Telling
from service.watching import build_watch
from sync.breaker import Breaker
from sync.catalog_pull import CatalogPull
from sync.dealings import Dealings
from sync.hand_back import HandBack, HandBackRules
from sync.outbox_worker import OutboxRules, OutboxWorker
from watch.dead_man import DeadMan
from watch.mode_switch import StoreModeSwitch
from watch.pulse import Pulse
from watch.system_clock import SystemClock
from watch.watcher import Watcher


class Running(Protocol):
    """A part that works until it is cancelled."""

    async def run(self) -> None:
        """Works."""
        ...


@dataclass(frozen=True, slots=True)
class _Receiving:
    """A channel at work."""

    channel: Channel
    intake: Intake

    async def run(self) -> None:
        """Receives."""
        await self.channel.run(self.intake)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything one service consists of."""

    store: Store
    clock: Clock
    pages: PageParts
    #: by the name their task carries
    running: Mapping[str, Running]
    #: runs each of them
    outliving: Outliving
    #: give every building of the directory its room in the channels that make rooms by themselves
    furnish: Sequence[Callable[[Tx], None]]


def build_parts(settings: Settings, store: Store, primary: Primary, chance: Callable[[], float]) -> Parts:
    """Builds every part; nothing runs yet. `chance`: 0 ≤ x < 1, spreads the retries."""
    clock = SystemClock()
    language = settings.campus.language
    telling = Telling(language)
    switch = StoreModeSwitch(notice_rules(settings))
    local_chat = LocalChat(store, clock, settings.channels.local_chat, language=language)
    connected = connect(settings, store, clock, local_chat=local_chat, telling=telling, chance=chance)
    channels = connected.by_name
    zone = ZoneInfo(settings.campus.timezone)
    edits_in = frozenset(name for name, channel in channels.items() if channel.surface.can_edit)
    desks = every_desk(switch, zone, settings, edits_in)
    dealings = Dealings(store, primary, clock, telling.admin)
    outbox_worker = OutboxWorker(
        dealings,
        node=settings.node.name,
        chance=chance,
        tell_refused=telling.refused,
        rules=_outbox_rules(settings),
    )
    breaker = Breaker(dealings, outbox_worker)
    watched = build_watch(settings, store, clock, switch, (breaker.metrics,))
    hand_back = HandBack(
        dealings,
        outbox_worker,
        breaker,
        switch,
        proofs=settings.store.path.parent / "proofs",
        language=language,
        rules=HandBackRules(gives_up_after_s=settings.sync.gives_up_after_s),
    )
    pull = CatalogPull(dealings, chance=chance, every_s=settings.sync.pull_every_s)
    front_desk = FrontDesk(store, clock, channels, desks, language, hear=watched.complaints.hear)
    running: dict[str, Running] = {
        "watcher": watched.watcher,
        **notice_works(settings, store, clock, telling, chance, lambda: _is_well(watched.watcher)),
        "front desk": front_desk,
        **{f"channel {name}": _Receiving(channel, front_desk.take) for name, channel in channels.items()},
        "boards": Boards(
            store,
            clock,
            BoardRules(zone, settings.primary.order_url, notice_every_s=notice_rules(settings).every_s),
        ),
        "queue boards": QueueBoards(store, clock, FollowedQueues(zone, edits_in)),
        "ticket rounds": TicketRounds(store, clock),
        "loan ends": LoanEnds(store, clock),
        "catalog pull": pull,
        "outbox worker": outbox_worker,
        "breaker": breaker,
        "hand-back": hand_back,
        **sheet_works(settings, store, clock, telling, chance),
        "calendar": _calendar(settings, store, clock),
        **{f"sender {name}": Sender(store, clock, channel, chance, language) for name, channel in channels.items()},
    }
    outliving = Outliving(clock)
    pulse = Pulse(clock, lambda: watched.watcher.verdict)
    if settings.observation.dead_man_url:
        running["dead man"] = _dead_man(settings, store, clock, pulse)
    pages = PageParts(
        store,
        clock,
        settings,
        local_chat,
        switch,
        watched.watcher.latest,
        connected.routes,
        watched.heartbeats.beat,
        pulse.silent_s,
        outliving.interruptions,
    )
    return Parts(store, clock, pages, running, outliving, connected.furnish)


def _calendar(settings: Settings, store: Store, clock: Clock) -> Calendar:
    retention = Retention(store, clock, days=settings.retention.days)
    return Calendar(retention.forget, hour=settings.retention.hour, timezone=ZoneInfo(settings.campus.timezone))


def _is_well(watcher: Watcher) -> bool:
    return watcher.verdict is not None and watcher.verdict.is_healthy


def _dead_man(settings: Settings, store: Store, clock: Clock, pulse: Pulse) -> DeadMan:
    told = settings.observation
    return DeadMan(
        store,
        clock,
        told.dead_man_url,
        every_s=told.dead_man_every_s,
        watch_silent_s=pulse.silent_s,
        watch_dead_s=silence_limit_s(settings.watch.interval_s),
    )


def _outbox_rules(settings: Settings) -> OutboxRules:
    return OutboxRules(
        batch=settings.sync.batch,
        lease_s=settings.sync.lease_s,
        schedule=RetrySchedule(longest_s=settings.sync.longest_pause_s),
    )
