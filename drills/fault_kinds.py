"""What a fault is: for how long and how often it strikes, and whether it strikes requests or single events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from starlette.types import ASGIApp

from drills.fault_wire import Wire

STRICT = ConfigDict(extra="forbid")


@dataclass(config=STRICT, kw_only=True)
class Fault:
    """Something that goes wrong from now on."""

    name: ClassVar[str]
    #: ends by itself after this long; None = until cleared
    seconds: float | None = Field(None, gt=0)
    #: of requests (or events) that are struck
    share: float = Field(1.0, ge=0, le=1)
    #: ends by itself after this many strikes; None = unlimited
    times: int | None = Field(None, ge=1)
    #: only requests whose path begins so
    path: str = "/"


class RequestFault(Fault):
    """Strikes whole requests by standing between the client and the twin."""

    def wrap(self, app: ASGIApp, wire: Wire) -> ASGIApp:
        """The application as this fault lets it be seen."""
        raise NotImplementedError


class EventFault(Fault):
    """Strikes single events of a push."""

    def verdict(self, event: Mapping[str, Any], chance: float) -> str | None:
        """`retry`, a refusal code, or None when this event is spared. `chance` is drawn from 0..1."""
        raise NotImplementedError
