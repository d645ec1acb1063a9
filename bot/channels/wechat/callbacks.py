"""What goes back to the vendor over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.channels.wechat.seal import CallbackRefused

log = structlog.get_logger(__name__)


#: Whether the vendor has hung up meanwhile.
IsGone = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What to answer a callback with."""

    status: int
    body: str
    content_type: str = "text/plain"


#: The one answer to everything that is not the vendor's.
REFUSED = CallbackAnswer(403, "refused")
#: "We have it, and nothing to say."
TAKEN = CallbackAnswer(200, "success")


def refused(channel: str, problem: CallbackRefused) -> CallbackAnswer:
    """Says no; why goes to the log, not to whoever tries."""
    log.warning("callback refused", channel=channel, reason=str(problem), hint=problem.hint)
    return REFUSED
