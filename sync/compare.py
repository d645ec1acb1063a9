"""Our books of an epoch beside the primary's: the figures of all orders, and the differing ones by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.primary import BookOrder, EpochDigest
from core.reconciliation import Difference, DigestBuilder, bucket_of, differences
from fallback_store import epoch_books
from fallback_store.book_differences import Acceptance
from fallback_store.database import Store


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both books of an epoch, and where they part."""

    theirs: EpochDigest
    received_at: datetime
    #: the figures are the same
    is_equal: bool
    differences: Sequence[Difference] = ()
    #: a person took exactly these differences upon themselves: the primary's books stand
    acceptance: Acceptance | None = None

    @property
    def is_settled(self) -> bool:
        """Nobody has to be asked."""
        return self.is_equal or self.acceptance is not None


async def books_of(store: Store, epoch: int) -> EpochDigest:
    """What the primary should have, by everything it acknowledged."""
    builder = DigestBuilder()
    async for account in epoch_books.accounts(store, epoch):
        if account.standing.entry is not None:
            builder.add(account.standing.entry)
    return builder.digest()


async def find_differences(store: Store, epoch: int, theirs: Mapping[int, Sequence[BookOrder]]) -> list[Difference]:
    """Every order of these buckets the books disagree about. `theirs`: the primary's orders by bucket."""
    ours: dict[str, BookOrder] = {}
    async for account in epoch_books.accounts(store, epoch):
        if account.standing.entry is not None and bucket_of(account.order_id) in theirs:
            ours[account.order_id] = account.standing.entry
    return differences(ours, {order.order_id: order for bucket in theirs.values() for order in bucket})
