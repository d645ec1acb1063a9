"""Hands every order over, proves it, and lets go: fence, drain, compare, prove, close, release.

Every step may be repeated without harm, so a hand-back that was killed anywhere begins at its fence again and soon is
where it was. It runs whenever the mode is `handing_back`; its progress is a row per epoch and the outbox's counts.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.errors import (
    BooksDiffer,
    EpochUnknown,
    FallbackError,
    ModeConflict,
    NeedsPerson,
    Permanent,
    Temporary,
)
from core.mode import HAND_BACK, Mode, ModeState
from core.ports import ModeSwitch
from core.primary import BookOrder, EpochDigest
from core.reconciliation import differing_buckets, mark_of, seal
from core.texts import text
from fallback_store import book_differences, breaker, hand_backs, incident_log, orders, outbox
from fallback_store.database import Tx
from fallback_store.hand_backs import Step
from sync.breaker import Breaker
from sync.claimed_payments import ClaimedPayments
from sync.compare import Comparison, books_of, find_differences
from sync.dealings import Dealings
from sync.outbox_worker import OutboxWorker
from sync.patience import Overruled, Patience, PrimaryGone
from sync.proof import Proof, ProofFacts, write_proof

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBackRules:
    """How patient the hand-back is."""

    #: back to emergency when the primary was silent this long
    gives_up_after_s: float = 30.0
    #: the platform's gateway is asked about claimed payments at most this long in each round
    asks_gateway_s: float = 30.0
    #: comparisons, each after resending what was missing, before a person is asked
    rounds: int = 3
    #: until the next try after a person was asked
    recheck_s: float = 30.0
    #: between looks at the mode
    poll_s: float = 1.0


class HandBack:
    """One per process; `run` waits for the mode, `run_once` does the whole job if the mode asks for it."""

    def __init__(
        self,
        dealings: Dealings,
        worker: OutboxWorker,
        breaker: Breaker,
        mode_switch: ModeSwitch[Tx],
        *,
        proofs: Path,
        language: str,
        rules: HandBackRules = HandBackRules(),
    ) -> None:
        """`proofs`: the folder the proofs lie in; `language`: the journal's."""
        self._store, self._primary, self._clock = dealings.store, dealings.primary, dealings.clock
        self._dealings, self._worker, self._breaker, self._mode_switch = dealings, worker, breaker, mode_switch
        self._proofs, self._language, self._rules = proofs, language, rules
        self._patience = Patience(dealings, worker, gives_up_after_s=rules.gives_up_after_s, poll_s=rules.poll_s)
        self._claims = ClaimedPayments(dealings, language=language)
        #: decisions about differing books that were there when we began to look
        self._decisions = 0

    async def run(self) -> None:
        """Until cancelled. What needs a person is told once per hand-back and tried again from time to time."""
        told = ""
        while True:
            try:
                await self.run_once()
                told = ""  # over, or left: the same trouble in the next hand-back is news
            except (NeedsPerson, Permanent, OSError) as problem:
                if told != str(problem):
                    told = str(problem)
                    await self._report(problem)
                await self._wait_for_a_person()
            except Temporary as problem:  # the disk is full: nothing can be written down now
                _log.warning("hand_back.not_now", problem=str(problem), hint=problem.hint)
            await self._clock.sleep(self._rules.poll_s)

    async def run_once(self) -> bool:
        """Hands back every epoch that is not handed back yet, if the mode asks for it; True once released.

        False: the mode does not ask for it (any more), or the primary died and emergency goes on.
        Raises: StaleEpoch, BooksDiffer, ModeConflict, PrimaryDenied: a person has to act, then it is run again.
        """
        state = await self._state()
        if state.mode is not Mode.HANDING_BACK:
            await self._leave(Overruled(state))  # it may have been waiting for a person, or we were killed just then
            return False
        self._patience.begin()
        self._decisions = await book_differences.decisions(self._store)
        epochs = await self._store.write(lambda tx: hand_backs.pending_epochs(tx, state.epoch))
        try:
            # Every epoch is done already, and we still hand back: the newest only has to be let go.
            for epoch in epochs or [state.epoch]:
                await self._hand_back(epoch, state, is_last=epoch >= state.epoch)
            return True
        except PrimaryGone as gone:
            await self._return_to_emergency(epochs, state, str(gone))
        except Overruled as overruled:
            await self._leave(overruled)
        return False

    # One epoch ------------------------------------------------------------------------------------

    async def _hand_back(self, epoch: int, state: ModeState, *, is_last: bool) -> None:
        now = self._clock.now()
        await self._store.write(lambda tx: hand_backs.begin(tx, epoch, by=state.by, now=now))
        refusal: BooksDiffer | None = None
        comparison: Comparison | None = None
        for _ in range(self._rules.rounds):
            try:
                if await self._fence(epoch):
                    return await self._finish(epoch, state, is_last=is_last)
                await self._look_up_claims(epoch)
                await self._drain(epoch)
                comparison = await self._compare(epoch)
                if comparison.is_settled:
                    proof = await self._prove(epoch, comparison)
                    if not proof.unsettled:
                        agreed = proof.ours if comparison.is_equal else comparison.theirs
                        await self._close(epoch, agreed, is_last=is_last)
                        return await self._finish(epoch, state, is_last=is_last, proof=proof)
                await self._heal(epoch, comparison)
            except EpochUnknown:
                continue
            except BooksDiffer as problem:
                refusal = problem
        return await self._ask_a_person(epoch, comparison, refusal)

    async def _fence(self, epoch: int) -> bool:
        """Registers the epoch and pauses the primary's own intake; returns whether it was closed before."""
        await self._move(epoch, Step.FENCE)
        grant = await self._patience.ask(lambda: self._worker.register(epoch))
        if not grant.is_closed and not grant.is_paused:
            await self._patience.ask(lambda: self._breaker.cut(epoch))
        return grant.is_closed

    async def _look_up_claims(self, epoch: int) -> None:
        await self._claims.look_up(epoch, self._patience.check_mode, within_s=self._rules.asks_gateway_s)
        self._patience.begin()  # a gateway that was silent is no silence of the primary's

    async def _drain(self, epoch: int) -> None:
        await self._move(epoch, Step.DRAIN)
        while (free_at := await self._patience.ask(lambda: self._worker.drain(epoch))) is not None:
            now = self._clock.now()
            counts = await outbox.counts(self._store)
            await self._move(epoch, Step.DRAIN, f"{counts.unsettled} events wait for the primary to take them")
            await self._patience.sleep(min(max((free_at - now).total_seconds(), 0.05), self._rules.poll_s))

    async def _compare(self, epoch: int) -> Comparison:
        await self._move(epoch, Step.COMPARE)
        theirs = await self._patience.ask(lambda: self._primary.digest(epoch))
        received_at = self._clock.now()
        ours = await books_of(self._store, epoch)
        if ours == theirs:
            return Comparison(theirs, received_at, is_equal=True)
        buckets = differing_buckets(ours, theirs)
        await self._move(epoch, Step.COMPARE, f"the books differ in {len(buckets)} of 256 buckets")
        fetched = {bucket: await self._ask_bucket(epoch, bucket) for bucket in buckets}
        found = await find_differences(self._store, epoch, fetched)
        # Figures that differ without any order to name are nothing a person could have seen and accepted.
        accepted = await book_differences.acceptance(self._store, epoch, mark_of(found)) if found else None
        return Comparison(theirs, received_at, is_equal=False, differences=found, acceptance=accepted)

    async def _ask_bucket(self, epoch: int, bucket: int) -> list[BookOrder]:
        return await self._patience.ask(lambda: self._primary.orders_in_bucket(epoch, bucket))

    async def _heal(self, epoch: int, comparison: Comparison) -> None:
        """Sends once more what the primary acknowledged and does not have."""
        lost = [difference.order_id for difference in comparison.differences if difference.heals_by_resending]
        if lost:
            await self._store.write(lambda tx: outbox.send_again(tx, epoch, lost))

    async def _prove(self, epoch: int, comparison: Comparison) -> Proof:
        await self._move(epoch, Step.PROVE)
        opening, store_id, cut = await self._store.write(
            lambda tx: (hand_backs.opening_of(tx, epoch), orders.store_id(tx), breaker.of(tx, epoch))
        )
        now = self._clock.now()
        facts = ProofFacts(
            epoch=epoch,
            node=self._worker.node,
            store_id=store_id,
            opened_at=now if opening is None else opening.at,
            written_at=now,
            theirs=comparison.theirs,
            received_at=comparison.received_at,
            differences=comparison.differences,
            acceptance=comparison.acceptance,
            breaker=cut,
        )
        proof = await write_proof(self._store, self._proofs, facts)
        await self._move(epoch, Step.PROVE, proof_path=proof.path)
        return proof

    async def _close(self, epoch: int, agreed: EpochDigest, *, is_last: bool) -> None:
        # The primary's intake resumes first: were it to die after the close, we would go back to an emergency whose
        # epoch takes nothing more.
        if is_last and not await self._patience.ask(lambda: self._breaker.trial(epoch, self._patience.check_mode)):
            raise PrimaryGone("the primary was given its intake back on trial and did not do well")
        await self._move(epoch, Step.CLOSE)
        await self._patience.ask(lambda: self._primary.close_epoch(epoch, agreed))

    async def _finish(self, epoch: int, state: ModeState, *, is_last: bool, proof: Proof | None = None) -> None:
        now = self._clock.now()

        def unit(tx: Tx) -> None:
            hand_backs.move(tx, epoch, Step.DONE, now=now)
            book_differences.put(tx, epoch, ())
            if is_last:
                reason = text(self._language, "handed_back", epoch=epoch)
                self._mode_switch.release(tx, by=HAND_BACK, reason=reason, now=now, seen_epoch=state.epoch)

        await self._store.write(unit)
        _log.info("hand_back.done", epoch=epoch, is_released=is_last)
        if proof is not None and not proof.is_sound:
            # The primary has all it should: a torn row of ours is no reason to keep the campus waiting.
            await self._report(BooksDiffer(f"The proof {proof.path} has findings; run: python main.py verify"))

    async def _ask_a_person(self, epoch: int, comparison: Comparison | None, refusal: BooksDiffer | None) -> None:
        if comparison is None:
            raise BooksDiffer(f"The primary keeps forgetting epoch {epoch}.", hint=EpochUnknown.hint)
        proof = await self._prove(epoch, comparison)
        count, mark = len(comparison.differences), mark_of(comparison.differences)
        # The mark makes other differences another problem, which is told anew.
        words = f"The books of epoch {epoch} differ about {count} orders (mark {mark}); see {proof.path}."
        await self._store.write(lambda tx: book_differences.put(tx, epoch, comparison.differences))
        await self._move(epoch, Step.COMPARE, words)
        figures = (comparison.theirs.count, comparison.theirs.amount_fen, seal(comparison.theirs))
        raise BooksDiffer(words, figures=figures if refusal is None else refusal.figures, mark=mark)

    # When the primary dies again ------------------------------------------------------------------

    async def _return_to_emergency(self, epochs: list[int], state: ModeState, words: str) -> None:
        now = self._clock.now()

        def unit(tx: Tx) -> None:
            self._abandon(tx, epochs, words)
            self._mode_switch.return_to_emergency(tx, by=HAND_BACK, reason=words, now=now, seen_epoch=state.epoch)

        try:
            await self._store.write(unit)
        except ModeConflict:
            # Somebody else went back first: that is what was wanted.
            if (await self._state()).mode is Mode.HANDING_BACK:
                raise
        _log.warning("hand_back.primary_gone", reason=words)

    async def _leave(self, overruled: Overruled) -> None:
        """What is under way begins anew another time; until then nobody is asked about the books."""
        if epochs := await hand_backs.under_way(self._store):
            await self._store.write(lambda tx: self._abandon(tx, epochs, str(overruled)))

    def _abandon(self, tx: Tx, epochs: list[int], words: str) -> None:
        for epoch in epochs:
            if hand_backs.step_of(tx, epoch) not in (None, Step.DONE):
                hand_backs.move(tx, epoch, Step.ABANDONED, now=self._clock.now(), detail=words)
            book_differences.put(tx, epoch, ())

    async def _wait_for_a_person(self) -> None:
        """Until somebody decided about the books, changed the mode, or may have mended it elsewhere."""
        until_s = self._clock.monotonic_s() + self._rules.recheck_s
        with contextlib.suppress(Overruled):
            while self._clock.monotonic_s() < until_s:
                if await book_differences.decisions(self._store) > self._decisions:
                    return
                await self._patience.sleep(self._rules.poll_s)

    # Rows -----------------------------------------------------------------------------------------

    async def _state(self) -> ModeState:
        return await incident_log.current_state(self._store, self._clock.now())

    async def _move(self, epoch: int, step: Step, detail: str = "", *, proof_path: Path | None = None) -> None:
        now, path = self._clock.now(), None if proof_path is None else str(proof_path)
        await self._store.write(lambda tx: hand_backs.move(tx, epoch, step, now=now, detail=detail, proof_path=path))

    async def _report(self, problem: Exception) -> None:
        await self._dealings.tell(problem if isinstance(problem, FallbackError) else Permanent(str(problem)))
