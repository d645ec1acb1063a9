"""Conditions as people write them: what they mean, what they say of the unknown, and what is refused with a remedy."""

from __future__ import annotations

import re

import pytest

from core.conditions import duration_s, read_condition
from core.metrics import KINDS, Metrics


def holds(written: str, metrics: Metrics) -> bool | None:
    return read_condition(written).compiled()(metrics)


@pytest.mark.parametrize(
    ("written", "metrics", "expected"),
    [
        ("db_p95 > 500ms", {"db_p95_ms": 501.0}, True),
        ("db_p95 > 0.5s", {"db_p95_ms": 500.0}, False),
        ("db_p95_ms>=500", {"db_p95_ms": 500.0}, True),
        ("cache_hit < 80%", {"cache_hit": 0.79}, True),
        ("tls < 14days", {"tls_days": 13.0}, True),
        ("callback_lag > 2min", {"callback_lag_s": 119.0}, False),
        ("write_ok == 0", {"write_ok": 0.0}, True),
        ("write_ok != 0", {"write_ok": 0.0}, False),
        ("clock_skew < -30s", {"clock_skew_s": -31.0}, True),
        ("merchant_ok:noodles = 0", {"merchant_ok:noodles": 0.0}, True),
        ("db_p95 > 2x recent", {"db_p95_ms": 201.0, "db_p95_ms@recent": 100.0}, True),
        ("order_rate < 0.3x usual", {"order_rate": 4.0, "order_rate@usual": 10.0}, False),
    ],
)
def test_a_condition_compares_in_the_metrics_own_unit(written: str, metrics: Metrics, expected: bool) -> None:
    assert holds(written, metrics) is expected


@pytest.mark.parametrize(
    ("metrics", "either", "both"),
    [
        ({"probe_ok": 0.0}, True, None),
        ({"probe_ok": 1.0}, None, False),
        ({}, None, None),
        ({"probe_ok": 1.0, "write_ok": 1.0}, False, False),
        ({"probe_ok": 0.0, "write_ok": 0.0}, True, True),
    ],
)
def test_unknown_is_neither_true_nor_false_and_never_zero(
    metrics: Metrics, either: bool | None, both: bool | None
) -> None:
    assert holds("probe_ok == 0 or write_ok == 0", metrics) is either
    assert holds("probe_ok == 0 and write_ok == 0", metrics) is both
    assert holds("db_p95 > 2x recent", {"db_p95_ms": 900.0}) is None


def test_and_binds_closer_than_or() -> None:
    written = "probe_ok == 1 or write_ok == 1 and ref_ok == 1"
    assert holds(written, {"probe_ok": 1.0, "write_ok": 1.0, "ref_ok": 0.0}) is True


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("db_p95 >", "write it like `db_p95 > 500ms`"),
        ("db_p96 > 500ms", "there is no metric 'db_p96'"),
        ("db_p95 > 500%", "write 'ms', 's'"),
        ("probe_ok == 0ms", "write no unit"),
        ("db_p95 > 3x", "`3x recent`"),
        ("db_p95 > 3ms usual", "`0.3x usual`"),
        ("", "is no condition"),
        ("probe_ok == 0 and", "is no condition"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(written: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=re.escape(remedy)):
        read_condition(written)


def test_durations_are_written_with_their_unit() -> None:
    assert [duration_s(written) for written in ("20s", "3min", "2h", "1.5 h", 7, "7")] == [20, 180, 7200, 5400, 7, 7]
    for wrong in ("soon", "3 weeks", "-5s", True):
        with pytest.raises(ValueError, match="is no duration"):
            duration_s(wrong)


def test_there_are_at_least_two_dozen_metrics_beyond_the_derived_ones() -> None:
    read = [kind.name for kind in KINDS if kind.source != "derived"]
    assert len(set(read)) == len(read) >= 24
