"""Which faults are on right now, for how long, and the layer that lets them strike the primary's requests."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from drills.fault_kinds import EventFault, Fault, RequestFault
from drills.fault_wire import Wire, client_gone
from drills.faults import FAULTS, Down, Figures, Payments, Unreachable


class UnknownFault(Exception):
    """That is no fault we know, or not with these fields."""


@dataclass(slots=True)
class ActiveFault:
    """A fault that is on."""

    fault: Fault
    #: monotonic seconds; None = until cleared
    ends_at_s: float | None
    strikes: int = 0

    def is_over(self, now_s: float) -> bool:
        """Whether its time or its number of strikes is used up."""
        is_late = self.ends_at_s is not None and now_s >= self.ends_at_s
        return is_late or (self.fault.times is not None and self.strikes >= self.fault.times)


def fault_from_json(data: Any, known: Mapping[str, type[Fault]] = FAULTS) -> Fault:
    """The fault `{"name": …, fields…}` describes. Raises: UnknownFault with the sentence to show."""
    if not isinstance(data, dict) or data.get("name") not in known:
        raise UnknownFault(f"name: one of {', '.join(sorted(known))} is expected")
    fields = {field: value for field, value in data.items() if field != "name"}
    try:
        return TypeAdapter(known[data["name"]]).validate_python(fields, strict=False)
    except ValidationError as problem:
        mistakes = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors())
        raise UnknownFault("; ".join(mistakes)) from problem


class FaultBoard:
    """Lives on the event loop; `interfere` alone is asked from the books' thread, on a tuple that is never changed."""

    def __init__(self, seed: int, monotonic: Callable[[], float]) -> None:
        """`seed` decides who is struck when a fault's share is below 1."""
        self._chance = random.Random(seed)
        self._monotonic = monotonic
        self._active: tuple[ActiveFault, ...] = ()
        #: set at every change, for whoever follows
        self.changed = asyncio.Event()

    def inject(self, fault: Fault) -> None:
        """The fault is on from now."""
        ends_at_s = None if fault.seconds is None else self._monotonic() + fault.seconds
        self._active = (*self.active(), ActiveFault(fault, ends_at_s))
        self.changed.set()

    def clear(self, name: str | None = None) -> None:
        """That fault, or every fault, is off."""
        self._active = tuple(a for a in self.active() if name is not None and a.fault.name != name)
        self.changed.set()

    def active(self) -> tuple[ActiveFault, ...]:
        """The faults that are on, in the order they came."""
        now_s = self._monotonic()
        return tuple(a for a in self._active if not a.is_over(now_s))

    def is_down(self) -> bool:
        """Whether the port is to be closed."""
        return any(isinstance(a.fault, Down) for a in self.active())

    def next_end_s(self) -> float | None:
        """Seconds until the next fault ends by itself; None when none does."""
        ends = [a.ends_at_s for a in self.active() if a.ends_at_s is not None]
        return max(0.0, min(ends) - self._monotonic()) if ends else None

    def figures(self) -> dict[str, float]:
        """Figures `GET /metrics` has to show, the latest fault winning."""
        shown: dict[str, float] = {}
        for active in self.active():
            if isinstance(active.fault, Figures):
                shown |= active.fault.figures
        return shown

    def unreachable(self) -> frozenset[str]:
        """`merchant:ID` and `canteen:NAME` of every place the platform cannot reach."""
        return frozenset(a.fault.place for a in self.active() if isinstance(a.fault, Unreachable))

    def payments_failing(self) -> float:
        """The share of people's payments that fail because the gateway is down."""
        return max((a.fault.share for a in self.active() if isinstance(a.fault, Payments)), default=0.0)

    def strike(self, path: str) -> list[RequestFault]:
        """The faults that strike this request, in the order they came."""
        struck: list[RequestFault] = []
        for active in self.active():
            fault = active.fault
            if isinstance(fault, RequestFault) and path.startswith(fault.path) and self._chance.random() < fault.share:
                active.strikes += 1
                struck.append(fault)
        return struck

    def interfere(self, event: Mapping[str, Any]) -> str | None:
        """What the faults make of this event: `retry`, a refusal code, or None."""
        if not self._active:  # asked for every event of a drain
            return None
        for active in self.active():
            if not isinstance(active.fault, EventFault):
                continue
            if verdict := active.fault.verdict(event, self._chance.random()):
                active.strikes += 1
                return verdict
        return None


class FaultLayer:
    """Stands before the primary's application."""

    def __init__(self, app: ASGIApp, board: FaultBoard, wire: Wire) -> None:
        """`wire`: the connections the requests came over."""
        self._app, self._board, self._wire = app, board, wire

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the faults that are on strike; the latest one stands nearest to the client."""
        app = self._app
        if scope["type"] == "http":
            if self._board.is_down():  # accepted in the moment the port was shut
                await client_gone(receive)
                return
            for fault in self._board.strike(scope["path"]):
                app = fault.wrap(app, self._wire)
        await app(scope, receive, send)
