"""A claimed payment is proven only by money of exactly that amount that has bought nothing yet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.payment import Finding, finding_of
from core.primary import Payment

AT = datetime(2026, 11, 22, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "finding"),
    [
        ([], Finding.UNKNOWN),
        ([(1900, None)], Finding.PROVEN),
        ([(1900, None), (1900, None)], Finding.PROVEN),
        ([(1900, "app-1"), (1900, None)], Finding.PROVEN),
        ([(1900, "app-1")], Finding.SPENT),
        ([(1899, None)], Finding.OTHER_AMOUNT),
        ([(1900, "app-1"), (1, None)], Finding.OTHER_AMOUNT),
    ],
)
def test_what_the_gateway_knows_decides(known: list[tuple[int, str | None]], finding: Finding) -> None:
    assert finding_of([Payment("ALI1", fen, AT, order_id) for fen, order_id in known], 1900) is finding
