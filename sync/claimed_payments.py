"""Asks the platform's gateway about what people say they paid before the outage, once it can be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from core.errors import NotSupported, PrimaryBusy, PrimaryDenied, PrimaryUnreachable
from core.mode import HAND_BACK
from core.payment import Finding, finding_of
from core.texts import text
from fallback_store import incident_log, payment_claims
from fallback_store.database import Tx
from fallback_store.payment_claims import Claim
from sync.dealings import Dealings

_log = structlog.get_logger(__name__)

#: One payment may be more than a gateway can answer; so many in a row, and it answers nothing.
_FAILURES = 3


class ClaimedPayments:
    """Part of a hand-back: what it confirms goes out with the other events."""

    def __init__(self, dealings: Dealings, *, language: str) -> None:
        """`language`: the journal's."""
        self._store, self._primary, self._clock = dealings.store, dealings.primary, dealings.clock
        self._language = language

    async def look_up(self, epoch: int, go_on: Callable[[], Awaitable[None]], *, within_s: float) -> None:
        """Asks about every claim that was not asked about; a gateway that is slow or gives no answer holds up nothing.

        `go_on` may raise to end it; `within_s`: what is not asked by then stays claimed.
        """
        found = Counter[Finding]()
        try:
            await self._ask_about(await payment_claims.open_claims(self._store, epoch), go_on, within_s, found)
        finally:
            if found:
                await self._journal(epoch, found)

    async def _ask_about(
        self, claims: list[Claim], go_on: Callable[[], Awaitable[None]], within_s: float, found: Counter[Finding]
    ) -> None:
        until_s, failures = self._clock.monotonic_s() + within_s, 0
        for nth, claim in enumerate(claims):
            await go_on()
            if failures == _FAILURES or self._clock.monotonic_s() >= until_s:
                _log.warning("claimed_payments.given_up", left=len(claims) - nth, failures=failures)
                return
            try:
                payments = await self._primary.payments(claim.reference)
            except (NotSupported, PrimaryDenied, PrimaryBusy) as problem:  # it would say so of every one
                _log.warning("claimed_payments.not_asked", problem=str(problem), left=len(claims) - nth)
                return
            except PrimaryUnreachable as problem:
                _log.warning("claimed_payments.no_answer", problem=str(problem))
                failures += 1
            else:
                failures = 0
                found[await self._settle(claim, finding_of(payments, claim.total_fen))] += 1

    async def _settle(self, claim: Claim, finding: Finding) -> Finding:
        now = self._clock.now()
        return await self._store.write(lambda tx: payment_claims.settle(tx, claim, finding, by=HAND_BACK, now=now))

    async def _journal(self, epoch: int, found: Counter[Finding]) -> None:
        claimed, proven, now = found.total(), found[Finding.PROVEN], self._clock.now()
        words = text(self._language, "pay_journal", epoch=epoch, claimed=claimed, proven=proven, open=claimed - proven)

        def unit(tx: Tx) -> None:
            incident = incident_log.open_one(tx)
            incident_log.note(tx, incident.id if incident else None, who=HAND_BACK, kind="step", text=words, now=now)

        await self._store.write(unit)
