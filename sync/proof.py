"""Writes the proof of a hand-back: every acknowledged order of an epoch, what became of it, and both books' figures.

Its checker, `sync/proof_check.py`, shares no code with this file; what they share is the format below.

    {"orders": [one object per order, by order_id],
     "summary": {"format", "epoch", "node", "store_id", "opened_at", "written_at", "counts", "amounts_fen",
                 "books", "primary", "differences", "accepted", "breaker"},
     "sha256": SHA-256 over each order's canonical JSON and a line feed, then the summary's canonical JSON}

Canonical JSON: UTF-8, keys sorted, no blanks. No personal data: an order names neither person nor room, and of its
idempotency key, which holds a chat id, only the hash. Who accepted differences stands in the store and its journal.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import orjson

from core.primary import BookOrder, EpochDigest
from core.reconciliation import Difference, DigestBuilder, Standing, seal
from core.refusals import code_of
from core.times import to_rfc3339
from fallback_store import epoch_books
from fallback_store.book_differences import Acceptance
from fallback_store.breaker import BreakerRow
from fallback_store.database import Store
from fallback_store.epoch_books import Account

FORMAT = "fallback-proof/1"
#: What a finished proof may say of an order.
_FINAL = (Standing.APPLIED, Standing.REFUSED, Standing.CANCELLED, Standing.PARKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFacts:
    """What a proof states besides our own books."""

    epoch: int
    node: str
    store_id: str
    opened_at: datetime
    written_at: datetime
    #: the primary's figures, as received at `received_at`
    theirs: EpochDigest
    received_at: datetime
    #: in a proof that ends a hand-back only those a person accepted
    differences: Sequence[Difference] = ()
    #: None = nobody accepted them
    acceptance: Acceptance | None = None
    #: what is known of the primary's own intake; None = it never said anything
    breaker: BreakerRow | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that lies on the disk."""

    path: Path
    #: our books as the proof states them
    ours: EpochDigest
    #: orders by standing
    counts: dict[str, int]
    #: orders whose order.placed still waits for an answer
    unsettled: int
    #: every order is settled, intact and counted twice alike, and both books agree but for what was accepted
    is_sound: bool


def proof_path(folder: Path, epoch: int, store_id: str) -> Path:
    """Where the proof of an epoch lies."""
    return folder / f"{epoch}-{store_id}.json"


async def write_proof(store: Store, folder: Path, facts: ProofFacts) -> Proof:
    """Writes the proof so that it is there whole or not at all, whatever happens meanwhile.

    Raises: OSError when the folder cannot be written.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    path = proof_path(folder, facts.epoch, facts.store_id)
    draft = path.with_suffix(".json.draft")
    with draft.open("wb") as file:
        tally = await _write(store, facts, file)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    await asyncio.to_thread(_put_in_place, draft, path)
    unsettled = tally.counts[Standing.UNSETTLED.value]
    return Proof(path, tally.books.digest(), dict(tally.counts), unsettled, _is_sound(facts, tally))


class _Tally:
    """The figures of the orders written so far."""

    def __init__(self) -> None:
        self.books = DigestBuilder()
        self.counts: Counter[str] = Counter({standing.value: 0 for standing in _FINAL})
        self.amounts_fen: Counter[str] = Counter({standing.value: 0 for standing in _FINAL})
        self.torn = 0
        #: two counts that know nothing of each other: orders by their rows, and by what was put into the outbox
        self.promised, self.promised_fen, self.announced = 0, 0, 0
        self.sha256 = hashlib.sha256()

    def add(self, account: Account) -> bytes:
        """Counts an order; returns its line of the proof."""
        standing = account.standing
        if standing.entry is not None:
            self.books.add(standing.entry)
        self.counts[standing.standing.value] += 1
        self.amounts_fen[standing.standing.value] += account.total_fen or 0
        self.torn += not account.is_intact
        line = orjson.dumps(_row(account), option=orjson.OPT_SORT_KEYS)
        self.sha256.update(line + b"\n")
        return line


async def _write(store: Store, facts: ProofFacts, file: IO[bytes]) -> _Tally:
    tally = _Tally()
    file.write(b'{"orders":[')
    separator = b"\n"
    async for account in epoch_books.accounts(store, facts.epoch):
        file.write(separator + tally.add(account))
        separator = b",\n"
    tally.promised, tally.promised_fen = await epoch_books.promised(store, facts.epoch)
    tally.announced = await epoch_books.announced(store, facts.epoch)
    summary = orjson.dumps(_summary(facts, tally), option=orjson.OPT_SORT_KEYS)
    tally.sha256.update(summary)
    file.write(b'\n],\n"summary":' + summary + b',\n"sha256":"' + tally.sha256.hexdigest().encode() + b'"}\n')
    return tally


def _row(account: Account) -> dict[str, Any]:
    standing = account.standing
    return {
        "order_id": account.order_id,
        "key_sha256": hashlib.sha256(account.key.encode()).hexdigest(),
        "outcome": standing.standing.value,
        "reason": code_of(standing.reason),
        "status": None if standing.entry is None else standing.entry.status,
        "total_fen": None if standing.entry is None else standing.entry.total_fen,
        "promised_fen": account.total_fen,
        "content_hash": account.content_hash,
        "is_intact": account.is_intact,
        "open_points": [{"kind": point.kind, "reason": code_of(point.reason)} for point in standing.open_points],
    }


def _summary(facts: ProofFacts, tally: _Tally) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "epoch": facts.epoch,
        "node": facts.node,
        "store_id": facts.store_id,
        "opened_at": to_rfc3339(facts.opened_at),
        "written_at": to_rfc3339(facts.written_at),
        "counts": {**tally.counts, "promised": tally.promised, "announced": tally.announced},
        "amounts_fen": {**tally.amounts_fen, "promised": tally.promised_fen},
        "books": _figures(tally.books.digest()),
        "primary": {**_figures(facts.theirs), "received_at": to_rfc3339(facts.received_at)},
        "differences": [_difference(difference) for difference in facts.differences],
        "accepted": _accepted(facts.acceptance),
        "breaker": _breaker(facts.breaker),
    }


def _accepted(found: Acceptance | None) -> dict[str, Any] | None:
    return None if found is None else {"at": to_rfc3339(found.at), "mark": found.mark, "reason": found.reason}


def _breaker(row: BreakerRow | None) -> dict[str, Any] | None:
    """From `cut_at` to `paused_at` the primary could take orders of its own; those it named are `suspects`."""
    if row is None:
        return None
    return {
        "cut_at": to_rfc3339(row.cut_at),
        "paused_at": None if row.paused_at is None else to_rfc3339(row.paused_at),
        "suspects": list(row.suspects),
    }


def _figures(digest: EpochDigest) -> dict[str, Any]:
    return {
        "count": digest.count,
        "amount_fen": digest.amount_fen,
        "buckets": digest.buckets,
        "digest": seal(digest),
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "order_id": difference.order_id,
        "kind": difference.kind.value,
        "ours": _entry(difference.ours),
        "theirs": _entry(difference.theirs),
    }


def _entry(entry: BookOrder | None) -> dict[str, Any] | None:
    return None if entry is None else {"status": entry.status, "total_fen": entry.total_fen}


def _is_sound(facts: ProofFacts, tally: _Tally) -> bool:
    settled = sum(tally.counts[standing.value] for standing in _FINAL)
    is_counted = tally.promised == tally.announced == settled == tally.counts.total()
    agrees = tally.books.digest() == facts.theirs if not facts.differences else facts.acceptance is not None
    return is_counted and not tally.torn and agrees


def _put_in_place(draft: Path, path: Path) -> None:
    draft.replace(path)
    # The name itself must survive a power cut, not only the bytes.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
