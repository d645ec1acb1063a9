"""Rules an operator writes: k of n, facts, inhibition, labels, comparisons with what is normal; and their mistakes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from core.health import Cause, Health, HealthRules, Metrics, Verdict
from core.metrics import MetricStream, Sample
from core.recommended import RECOMMENDED, TWELVE
from core.rule_settings import RuleSettings
from core.rules import mistakes_in

GOOD = {"probe_ok": 1.0, "write_ok": 1.0, "ref_ok": 1.0}


def health_with(*rules: dict[str, Any]) -> Health:
    return Health(HealthRules(rules=tuple(RuleSettings.model_validate(rule).rule() for rule in rules)))


def watch(health: Health, rounds: Iterable[Metrics], usual: Metrics | None = None) -> list[Verdict]:
    return [health.add(float(number), metrics, usual) for number, metrics in enumerate(rounds)]


def warnings(health: Health, rounds: Iterable[Metrics], usual: Metrics | None = None) -> list[Cause | None]:
    return [verdict.warning for verdict in watch(health, rounds, usual)]


def test_a_condition_must_hold_for_so_many_seconds_of_so_many() -> None:
    slow, quick = GOOD | {"db_p95_ms": 600.0}, GOOD | {"db_p95_ms": 60.0}
    rule = {"name": "slow_database", "when": "db_p95 > 500ms", "for": "3s", "of": "5s", "level": 3}
    assert warnings(health_with(rule), [slow, quick, slow, quick, slow])[-1] is Cause.SLOW_DATABASE
    assert set(warnings(health_with(rule), [slow, quick, quick] * 20)) == {None}


def test_three_of_twelve_at_once_are_a_warning_and_two_are_not() -> None:
    rule = next(rule for rule in RECOMMENDED if rule.name == "three_of_twelve")
    assert (len(TWELVE), rule.at_least) == (12, 3)
    two = GOOD | {"login_success": 0.5, "callback_lag_s": 30.0}
    for odd, expected in ((two, None), (two | {"http_5xx_rate": 0.2}, Cause.SATURATED)):
        health = Health(HealthRules(rules=(rule.rule(),)))
        assert watch(health, [GOOD] * 20 + [odd] * 20)[-1].warning is expected


def test_a_fact_lets_other_rules_speak_goes_on_holding_and_inhibits() -> None:
    rules: list[dict[str, Any]] = [
        {"name": "busy", "when": "cpu > 90%", "for": "2s", "holds": "10s", "level": 0},
        {"name": "quiet", "when": "maintenance == 1", "holds": "5s", "level": 0},
        {"name": "no_answer", "when": "probe_ok == 0", "for": "3s", "needs": "busy", "unless": "quiet", "level": 1},
    ]
    dead = {"probe_ok": 0.0, "ref_ok": 1.0}
    told = watch(health_with(*rules), [GOOD] * 5 + [dead] * 5 + [GOOD | {"cpu": 0.95}] * 2 + [dead] * 12)
    assert [number for number, verdict in enumerate(told) if verdict.down] == list(range(14, 22))
    announced = watch(health_with(*rules), [GOOD | {"cpu": 0.95, "maintenance": 1.0}] * 3 + [dead] * 12)
    assert [number for number, verdict in enumerate(announced) if verdict.down] == [10, 11, 12]


def test_a_rule_about_a_family_is_kept_for_each_label_by_itself() -> None:
    rule = {"name": "merchant", "when": "merchant_ok == 0", "for": "60s", "of": "70s", "level": 2, "part": "merchant"}
    both = GOOD | {"merchant_ok:noodles": 1.0, "merchant_ok:rice": 1.0}
    health = health_with(rule)
    told = watch(health, [both] * 30 + [both | {"merchant_ok:rice": 0.0}] * 60 + [both] * 200)
    first = next(number for number, verdict in enumerate(told) if verdict.broken)
    assert (first, [part.part for part in told[first].broken]) == (89, ["merchant:rice"])
    assert told[first].broken[0].since_s == 29
    assert "merchant:rice" not in told[200].mended
    assert {"merchant:noodles", "merchant:rice"} <= told[-1].mended
    assert not any(verdict.down for verdict in told)


def test_a_rule_about_a_family_may_speak_of_the_whole_besides() -> None:
    when = "merchant_ok == 0 and probe_ok == 1"
    rule = {"name": "merchant", "when": when, "for": "3s", "level": 2, "part": "merchant"}
    shut = {"merchant_ok:rice": 0.0}
    assert [part.part for part in watch(health_with(rule), [GOOD | shut] * 5)[-1].broken] == ["merchant:rice"]
    assert not watch(health_with(rule), [GOOD | shut | {"probe_ok": 0.0}] * 5)[-1].broken


def test_figures_are_compared_with_their_own_last_minutes() -> None:
    rule = {"name": "saturated", "when": "queue_depth > 3x recent", "for": "3s", "of": "5s", "level": 3}
    calm, rising = GOOD | {"queue_depth": 10.0}, GOOD | {"queue_depth": 40.0}
    told = warnings(health_with(rule), [calm] * 120 + [rising] * 3)
    assert told[-1] is Cause.SATURATED
    assert set(told[:-1]) == {None}
    # With less than a minute known nothing is called recent.
    assert set(warnings(health_with(rule), [calm] * 30 + [rising] * 10)) == {None}


def test_the_order_rate_is_compared_with_the_same_hour_and_only_where_enough_is_usual() -> None:
    rule = {"name": "order_rate", "when": "order_rate < 0.3x usual", "for": "60s", "of": "90s", "level": 3}
    few = [GOOD | {"orders": 1.0 if second % 60 == 0 else 0.0} for second in range(900)]
    assert warnings(health_with(rule), few, {"order_rate": 20.0})[-1] is Cause.ORDER_RATE
    assert set(warnings(health_with(rule), few, {"order_rate": 2.0})) == {None}  # twenty in ten minutes prove nothing
    assert set(warnings(health_with(rule), few)) == {None}
    unread = [GOOD | ({"orders": 0.0} if second % 3 == 0 else {}) for second in range(900)]
    assert set(warnings(health_with(rule), unread, {"order_rate": 20.0})) == {None}


def test_a_warning_about_people_or_ourselves_does_not_postpone_the_hand_back() -> None:
    angry, hot = GOOD | {"complaints": 60.0}, GOOD | {"db_p95_ms": 900.0}
    assert watch(Health(HealthRules()), [angry] * 200)[-1].is_healthy
    assert not watch(Health(HealthRules()), [hot] * 200)[-1].is_healthy


def test_a_figure_lasts_as_long_as_its_kind_says_and_is_then_unknown() -> None:
    stream = MetricStream()
    stream.add([Sample("calls", 7.0, 0.0), Sample("probe_ok", 1.0, 0.0), Sample("dns_ms", 5.0, 0.0)])
    assert stream.round(0.0) == {"calls": 7.0, "probe_ok": 1.0, "dns_ms": 5.0}
    assert stream.round(4.0) == {"calls": 7.0, "dns_ms": 5.0}
    assert stream.round(89.0) == {"dns_ms": 5.0}
    stream.add([Sample("dns_ms", None, 89.5)])
    assert stream.round(90.0) == {}


@pytest.mark.parametrize(
    ("rules", "remedy"),
    [
        (
            [{"name": "no_answer", "when": "probe_ok == 0", "level": 1, "unless": "busy"}],
            "'busy' is no fact; write one",
        ),
        ([{"name": "degraded", "when": "probe_ok == 0", "level": 1}] * 2, "another rule has this name"),
        ([{"name": "payments", "when": "pay_probe == 0", "level": 2}], "level 2 says what is broken; write one of"),
        ([{"name": "saturated", "when": ["cpu > 90%"], "at_least": 2, "level": 3}], "2 of 1 conditions can never hold"),
        ([{"name": "failures", "when": "probe_ok == 0", "for": "9s", "of": "5s", "level": 3}], "do not fit into"),
        ([{"name": "merchant", "when": "merchant_ok == 0", "level": 1}], "one condition and level 2 or 3"),
        ([{"name": "merchant", "when": "merchant_ok == 0 and canteen_ok == 1", "level": 3}], "write canteen_ok:NAME"),
        ([{"name": "failures", "when": "probe_ok == 0", "until": "check_ok == 1", "level": 3}], "write check_ok:NAME"),
    ],
)
def test_rules_that_do_not_fit_together_are_named_with_a_remedy(rules: list[dict[str, Any]], remedy: str) -> None:
    found = mistakes_in([RuleSettings.model_validate(rule).rule() for rule in rules])
    assert any(remedy in mistake for mistake in found), found


def test_the_recommended_rules_fit_together() -> None:
    assert mistakes_in([setting.rule() for setting in RECOMMENDED]) == []


def test_labels_without_end_do_not_fill_the_memory() -> None:
    rule = {"name": "merchant", "when": "merchant_ok == 0", "for": "2s", "level": 2, "part": "merchant"}
    health = health_with(rule)
    told = watch(health, [GOOD | {f"merchant_ok:{number}": 0.0 for number in range(1500)}] * 3)
    assert len(told[-1].broken) == 1000


def test_a_broken_part_that_is_not_heard_of_is_not_called_mended_until_nobody_speaks_of_it_any_more() -> None:
    rule = {"name": "merchant", "when": "merchant_ok == 0", "for": "60s", "of": "70s", "level": 2, "part": "merchant"}
    health = health_with(rule)
    watch(health, [GOOD | {"merchant_ok:rice": 0.0}] * 100)
    silent = [health.add(100.0 + 10 * number, GOOD) for number in range(250)]
    assert not any(verdict.mended for verdict in silent if verdict.at_s < 1900)
    assert "merchant:rice" in silent[-1].mended


def test_what_only_goes_on_holding_is_dated_to_now() -> None:
    rule = {"name": "no_answer", "when": "probe_ok == 0", "for": "2s", "holds": "60s", "level": 1}
    told = watch(health_with(rule), [GOOD] * 5 + [GOOD | {"probe_ok": 0.0}] * 3 + [GOOD] * 20)
    assert told[-1].down is Cause.NO_ANSWER
    assert told[-1].bad_since_s == told[-1].at_s
