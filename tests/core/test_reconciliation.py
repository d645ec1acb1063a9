"""Two books are compared order by order, and each order has exactly one standing."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from core.primary import BookOrder
from core.reconciliation import (
    DifferenceKind,
    EventStanding,
    OpenPoint,
    Standing,
    bucket_of,
    differences,
    differing_buckets,
    digest_of,
    seal,
    standing_of,
)

ENTRIES = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.tuples(st.sampled_from(["order.placed", "order.delivered"]), st.integers(0, 10_000)),
    max_size=12,
).map(lambda found: {order_id: BookOrder(order_id, *rest) for order_id, rest in found.items()})


def event(seq: int, kind: str, state: str = "acked", **more: object) -> EventStanding:
    return EventStanding(seq, f"k{seq}", kind, state, **more)  # type: ignore[arg-type]


def placed(state: str = "acked", **more: object) -> EventStanding:
    return event(1, "order.placed", state, total_fen=1600, **more)


def test_an_acknowledged_order_stands_as_its_last_event_left_it() -> None:
    found = standing_of("a", [placed(), event(2, "order.changed", total_fen=2000), event(3, "payment.claimed")])
    assert (found.standing, found.entry) == (Standing.APPLIED, BookOrder("a", "payment.claimed", 2000))


def test_a_cancelled_order_is_cancelled_even_if_money_moved_later() -> None:
    found = standing_of("a", [placed(), event(2, "order.cancelled"), event(3, "payment.confirmed")])
    assert found.standing is Standing.CANCELLED


def test_a_refused_order_is_refused_with_its_reason_and_in_nobodys_books() -> None:
    found = standing_of(
        "a", [placed("parked", reason="sold_out: …", is_refused=True), event(2, "order.cancelled", "parked")]
    )
    assert (found.standing, found.reason, found.entry) == (Standing.REFUSED, "sold_out: …", None)


def test_an_order_the_primary_could_not_read_is_parked() -> None:
    assert standing_of("a", [placed("parked", reason="malformed")]).standing is Standing.PARKED


def test_an_unanswered_order_is_unsettled() -> None:
    assert standing_of("a", [placed("leased")]).standing is Standing.UNSETTLED


def test_an_order_without_its_first_event_is_missing() -> None:
    assert standing_of("a", [event(2, "order.accepted")]).standing is Standing.MISSING
    assert standing_of("a", []).standing is Standing.MISSING


def test_a_later_event_that_was_not_taken_is_an_open_point() -> None:
    found = standing_of("a", [placed(), event(2, "order.changed", "parked", reason="price_changed", total_fen=9)])
    assert found.entry == BookOrder("a", "order.placed", 1600)
    assert found.open_points == (OpenPoint("order.changed", "price_changed"),)


def test_a_corrected_event_counts_for_nothing() -> None:
    events = [
        placed("parked", reason="sold_out", is_refused=True),
        event(5, "order.placed", total_fen=900, replaces="k1"),
    ]
    found = standing_of("a", events)
    assert (found.standing, found.entry) == (Standing.APPLIED, BookOrder("a", "order.placed", 900))
    assert found.open_points == ()


def test_the_digest_is_what_the_contract_says() -> None:
    entry = BookOrder("e5f-1-12-1", "order.placed", 1600)
    digest = digest_of([entry])
    place = hashlib.sha256(b"e5f-1-12-1").digest()[0]
    mark = hashlib.sha256(b"e5f-1-12-1|order.placed|1600").hexdigest()[:32]
    assert (digest.count, digest.amount_fen, bucket_of(entry.order_id)) == (1, 1600, place)
    assert [text for text in digest.buckets if text != "0" * 32] == [mark]
    assert digest.buckets[place] == mark
    assert seal(digest) == hashlib.sha256("\n".join(digest.buckets).encode()).hexdigest()


@given(ENTRIES, st.randoms())
def test_the_digest_does_not_depend_on_the_order_of_orders(books: dict[str, BookOrder], chance: object) -> None:
    shuffled = list(books.values())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest_of(shuffled) == digest_of(books.values())


@given(ENTRIES, ENTRIES)
def test_every_difference_is_found_by_name_and_by_bucket(
    ours: dict[str, BookOrder], theirs: dict[str, BookOrder]
) -> None:
    found = {difference.order_id: difference for difference in differences(ours, theirs)}
    wrong = {order_id for order_id in ours.keys() | theirs.keys() if ours.get(order_id) != theirs.get(order_id)}
    assert found.keys() == wrong
    for order_id, difference in found.items():
        assert (difference.kind is DifferenceKind.MISSING) == (order_id not in theirs)
        assert (difference.kind is DifferenceKind.EXTRA) == (order_id not in ours)
        assert difference.heals_by_resending == (order_id in ours)
    buckets = differing_buckets(digest_of(ours.values()), digest_of(theirs.values()))
    assert set(buckets) == {bucket_of(order_id) for order_id in wrong}
