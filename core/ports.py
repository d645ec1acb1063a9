"""What the rooms ask of each other and of the world, as Protocols; `main.py` hands the implementations in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from core.cause import Cause
from core.chat import IncomingMessage, OutgoingMessage, RawUpdate
from core.ids import ChatId
from core.mode import ModeState
from core.primary import (
    BookOrder,
    EpochDigest,
    EpochGrant,
    EventResult,
    Fetched,
    Payment,
    PrimaryEvent,
    PrimaryHealth,
)
from core.sheet import CellWrite, SheetTable
from core.surface import Surface

_T = TypeVar("_T")
TxT = TypeVar("TxT", contravariant=True)
"""The store's open transaction; rules never look inside."""


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The moment, aware, UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never jump, from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Returns after `seconds` on this clock."""
        ...


class Intake(Protocol):
    """Where a channel brings what it received."""

    async def __call__(self, updates: Sequence[RawUpdate], also: Callable[[Any], _T]) -> _T:
        """Stores raw updates durably; when it returns, the channel may acknowledge.

        `also`: what the channel itself writes down in the same transaction; its outcome is returned, and what it
        raises stores nothing. Raises: StoreFull.
        """
        ...


class Channel(Protocol):
    """A vendor's chat turned into our messages."""

    #: first part of its chat and person ids
    name: str
    #: what it can do, and how often
    surface: Surface

    def is_group(self, chat_id: ChatId) -> bool:
        """Whether several people read what is said there."""
        ...

    async def run(self, intake: Intake) -> None:
        """Receives until cancelled, storing every update before acknowledging it."""
        ...

    def read(self, update: RawUpdate) -> IncomingMessage:
        """What a stored update says. Raises: Unreadable."""
        ...

    async def send(self, message: OutgoingMessage) -> str:
        """Says it; returns the vendor's id of the message. The same key twice is shown once where the vendor allows.

        Raises: ChatBusy (this chat later), ChatClosed (once the person has written), ChannelDown (all of them later),
        Temporary (this message later; whether it was said may be unknown), ChatMoved, ChatGone (nothing can be said
        there), Permanent (this message never will).
        """
        ...


class ModeSwitch(Protocol[TxT]):
    """The only writer of the mode. Every method runs inside the caller's unit of work.

    Each journals who, why and when and queues the notices that follow from it, in the same transaction.
    `seen_epoch` is the epoch the caller acted upon (compare-and-swap); None = whatever it is now.
    All raise ModeConflict, with words for the person, when somebody else was first, a lock forbids it, or the
    machine has no such step.
    """

    def enter_emergency(
        self, tx: TxT, *, by: str, reason: str, now: datetime, seen_epoch: int | None = None
    ) -> ModeState:
        """Opens the next epoch: the bot takes orders. Entering it again while in it is a conflict."""
        ...

    def begin_hand_back(
        self, tx: TxT, *, by: str, reason: str, now: datetime, seen_epoch: int | None = None
    ) -> ModeState:
        """Closes the intake; the hand-back worker takes it from there."""
        ...

    def return_to_emergency(
        self, tx: TxT, *, by: str, reason: str, now: datetime, seen_epoch: int | None = None
    ) -> ModeState:
        """The primary died again during the hand-back: the intake opens again, in the same epoch."""
        ...

    def release(self, tx: TxT, *, by: str, reason: str, now: datetime, seen_epoch: int | None = None) -> ModeState:
        """The books agree: the primary is in charge again, the incident closes."""
        ...

    def enter_partial(self, tx: TxT, *, by: str, reason: str, now: datetime, cause: Cause, part: str) -> ModeState:
        """One part (`payments`, `merchant:ID`, `canteen:ID`) is broken: the groups are told, orders stay."""
        ...

    def leave_partial(self, tx: TxT, *, by: str, reason: str, now: datetime, part: str) -> ModeState:
        """That part works again."""
        ...

    def answer(self, tx: TxT, question_id: int, *, switches: bool, by: str, now: datetime) -> ModeState:
        """What the watch asked before a switch; decided already, or over, is a conflict. The mode afterwards."""
        ...

    def lock(self, tx: TxT, *, by: str, reason: str, until: datetime, now: datetime) -> ModeState:
        """Holds the mode as it is until `until`: the probes may not change it, admins may."""
        ...

    def unlock(self, tx: TxT, *, by: str, reason: str, now: datetime) -> ModeState:
        """Ends the lock."""
        ...


class Primary(Protocol):
    """The platform we stand in for, as docs/primary-api.yaml describes it.

    Every method raises PrimaryUnreachable when no well-shaped answer came (whether it acted is then unknown),
    PrimaryBusy when it asks us to wait, PrimaryDenied when it does not accept our token.
    """

    async def health(self) -> PrimaryHealth:
        """What it says about itself; a bad state is an answer, not an error."""
        ...

    async def catalog(self, etag: str | None) -> Fetched | None:
        """The menu with prices and stock; None when it still is the one with `etag`."""
        ...

    async def directory(self, etag: str | None) -> Fetched | None:
        """Buildings, couriers, captains; None when they still are those with `etag`."""
        ...

    async def dry_run_order(self, body: bytes) -> None:
        """A write that is rolled back; returns when writes work. Raises: NotSupported, also when `body` is refused."""
        ...

    async def open_epoch(self, epoch: int, *, node: str, opened_at: datetime, reason: str) -> EpochGrant:
        """Registers the epoch, again if need be.

        Raises: StaleEpoch when a higher one is known.
        """
        ...

    async def pause(self, epoch: int, *, is_paused: bool, since: datetime | None = None) -> Sequence[str]:
        """Stops or resumes the primary's own intake. Raises: NotSupported, StaleEpoch.

        `since`: when we took over; returned are its references of orders it took itself after that, if it says so.
        """
        ...

    async def push(self, epoch: int, node: str, events: Sequence[PrimaryEvent]) -> list[EventResult]:
        """At most PUSH_LIMIT events in `seq` order; at most one result for each, in any order.

        Raises: StaleEpoch or EpochUnknown (nothing was taken), BatchTooLarge, BatchMalformed.
        """
        ...

    async def digest(self, epoch: int) -> EpochDigest:
        """The primary's books of an epoch, in figures."""
        ...

    async def orders_in_bucket(self, epoch: int, bucket: int) -> list[BookOrder]:
        """The primary's applied orders of one bucket."""
        ...

    async def close_epoch(self, epoch: int, digest: EpochDigest) -> None:
        """Closes the epoch on these figures, again if need be. Raises: BooksDiffer when the primary's are others."""
        ...

    async def payments(self, reference: str) -> list[Payment]:
        """Payments made before the outage under a reference. Raises: NotSupported."""
        ...


class StockSheet(Protocol):
    """A sheet of the stock that people read and edit; may raise Temporary or Permanent."""

    #: tells it from other sheets in the store
    name: str

    async def read(self) -> SheetTable:
        """Every row below the headings, top to bottom, as it stands. Raises: SheetDamaged too."""
        ...

    async def write(self, writes: Sequence[CellWrite]) -> None:
        """Sets cells to absolute values, so that doing it twice does no harm; rows are as in the last read."""
        ...
