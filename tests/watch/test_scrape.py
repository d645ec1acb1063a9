"""What a primary shows of itself: Prometheus text of every quality, and the checks of its health answer."""

from __future__ import annotations

import orjson
import pytest

from watch.health_answer import read_health
from watch.scrape import LIMIT_BYTES, Scrape

SHOWN = b"""\
# HELP db_p95_ms slowest
# TYPE db_p95_ms gauge
db_p95_ms 61.5
pool_ratio 0.4
mem NaN
disk +Inf
# TYPE orders counter
orders_total{worker="a"} 100
orders_total{worker="b"} 50
http_requests_total{code="200"} 900
http_requests_total{code="503"} 100
merchant_up{merchant="noodles"} 1
merchant_up{merchant="rice"} 0
canteen_up{canteen="east"} 1
calls_per_minute 3
something_else_entirely{a="b"} 7
"""


def test_gauges_are_read_by_our_names_and_what_is_not_a_number_is_unknown() -> None:
    assert Scrape({}).read(SHOWN) == {
        "db_p95_ms": 61.5,
        "pool_ratio": 0.4,
        "merchant_ok:noodles": 1.0,
        "merchant_ok:rice": 0.0,
        "canteen_ok:east": 1.0,
        "calls": 3.0,
    }


def test_counts_are_what_came_since_the_last_look() -> None:
    scrape = Scrape({})
    scrape.read(SHOWN)
    grown = SHOWN.replace(b'{worker="a"} 100', b'{worker="a"} 104').replace(b'{code="503"} 100', b'{code="503"} 110')
    assert {k: v for k, v in scrape.read(grown).items() if k in ("orders", "http_5xx_rate")} == {
        "orders": 4.0,
        "http_5xx_rate": 1.0,
    }
    restarted = grown.replace(b'{worker="a"} 104', b'{worker="a"} 0').replace(b'{worker="b"} 50', b'{worker="b"} 1')
    assert "orders" not in scrape.read(restarted)
    scrape.forget()
    assert "orders" not in scrape.read(grown)


def test_a_primary_may_have_names_and_units_of_its_own() -> None:
    scrape = Scrape({"db_p95": "pg_query_p95_seconds", "cpu": "node_cpu_share"})
    assert scrape.read(b"pg_query_p95_seconds 0.25\nnode_cpu_share 0.5\n") == {"db_p95_ms": 250.0, "cpu": 0.5}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>db_p95_ms</body></html>", b"db_p95_ms{", b"db_p95_ms x", b"\xff\xfe\x00db", b'cpu{a="b} 1'],
)
def test_what_is_no_prometheus_text_says_nothing(body: bytes) -> None:
    assert Scrape({}).read(body) == {}


def test_a_megabyte_of_other_figures_hides_nothing() -> None:
    noise = b"".join(b'noise_total{n="%d"} 1\n' % number for number in range(40_000))
    assert Scrape({}).read(noise[: LIMIT_BYTES - 100] + b"\ndb_p95_ms 5\n") == {"db_p95_ms": 5.0}


def test_checks_of_a_health_answer_become_one_figure_each() -> None:
    checks = {
        "merchant:noodles": [{"status": "pass"}, {"status": "fail"}],
        "canteen:east": {"status": "up"},
        "database:responseTime": [{"status": "warn", "observedValue": 3}],
        "no word": [{}],
        "odd": 3,
    }
    assert read_health(orjson.dumps({"status": "pass", "checks": checks})) == {
        "is_well": 1.0,
        "maintenance": 0.0,
        "merchant_ok:noodles": 0.0,
        "canteen_ok:east": 1.0,
        "check_ok:database:responseTime": 1.0,
    }
    assert read_health(b'{"status": "down", "checks": 7}') == {"is_well": 0.0, "maintenance": 0.0}
    assert read_health(b"<html>") == {}
