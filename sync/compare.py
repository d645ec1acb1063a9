"""Our books of an epoch beside the primary's: the figures of all orders, and the differing ones by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.primary import BookOrder, EpochDigest
from core.reconciliation import Difference, DigestBuilder, bucket_of, differences
from fallback_store import epoch_books
from fallback_store.database import Store


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
