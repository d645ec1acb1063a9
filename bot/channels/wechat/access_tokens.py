"""One access token for all who call an API: fetched once at a time, renewed before it runs out, never in a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.errors import FallbackError, Permanent
from core.ports import Clock

#: Seconds before its end at which a token is renewed.
RENEWED_BEFORE_S = 300.0
#: Seconds in which a refusal is believed without asking again: somebody has to mend the settings.
REFUSED_FOR_S = 600.0


class AccessRefused(Permanent):
    """The vendor gives us no access token."""

    hint = "Compare the app's id and secret with the vendor's console, and allow this machine's address there."


@dataclass(frozen=True, slots=True)
class Granted:
    """A token as the vendor gave it."""

    token: str
    #: seconds it is good for
    lasts_s: float


#: Asks the vendor. Raises: Temporary, AccessRefused.
Ask = Callable[[], Awaitable[Granted]]


class AccessTokens:
    """Shared by every sender of one account."""

    def __init__(self, clock: Clock, ask: Ask) -> None:
        self._clock = clock
        self._ask = ask
        self._one_at_a_time = asyncio.Lock()
        self._token = ""
        self._until_s = float("-inf")
        self._refusal: FallbackError | None = None
        self._refused_until_s = float("-inf")

    async def get(self) -> str:
        """The token that is good now. Raises: what asking raises; a refusal again for a while without asking."""
        async with self._one_at_a_time:
            now_s = self._clock.monotonic_s()
            if now_s < self._until_s:
                return self._token
            if self._refusal is not None and now_s < self._refused_until_s:
                raise self._refusal
            try:
                granted = await self._ask()
            except AccessRefused as refusal:
                self._refusal, self._refused_until_s = refusal, now_s + REFUSED_FOR_S
                raise
            self._refusal = None
            self._token = granted.token
            # A token that lasts less than the margin is still good for its second half.
            self._until_s = now_s + max(granted.lasts_s - RENEWED_BEFORE_S, granted.lasts_s / 2)
            return self._token

    def spoiled(self, token: str) -> None:
        """The vendor says that this token is no longer good; a newer one is not touched."""
        if token == self._token:
            self._until_s = float("-inf")
