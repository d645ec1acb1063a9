"""What the watch makes of the seconds it sees: when the primary counts as down, and when nobody is blamed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from core.health import Cause, Health, HealthRules, Metrics, Verdict

GOOD: dict[str, float] = {"probe_ok": 1, "write_ok": 1, "ref_ok": 1}
DEAD: dict[str, float] = {"probe_ok": 0, "write_ok": 0, "ref_ok": 1}
READ_ONLY: dict[str, float] = {"probe_ok": 1, "write_ok": 0, "ref_ok": 1}
OFFLINE: dict[str, float] = {"probe_ok": 0, "write_ok": 0, "ref_ok": 0}
UNKNOWN: dict[str, float] = {}
HOT: dict[str, float] = GOOD | {"db_p95_ms": 1200, "pool_ratio": 0.9, "queue_depth": 400}


def watch(health: Health, rounds: Iterable[Metrics], *, start_s: float = 0.0, every_s: float = 1.0) -> list[Verdict]:
    """The verdict after each round."""
    return [health.add(start_s + number * every_s, metrics) for number, metrics in enumerate(rounds)]


def seconds_to_down(rounds: Sequence[Metrics], rules: HealthRules | None = None) -> int | None:
    """How many rounds it took until the primary counted as down."""
    verdicts = watch(Health(rules or HealthRules()), rounds)
    return next((number for number, verdict in enumerate(verdicts, start=1) if verdict.down), None)


def test_a_crash_is_certain_after_twenty_seconds_and_dated_to_its_first_bad_second() -> None:
    verdicts = watch(Health(HealthRules()), [GOOD] * 60 + [DEAD] * 20)
    assert [verdict.down for verdict in verdicts[-2:]] == [None, Cause.NO_ANSWER]
    assert verdicts[-1].bad_since_s == 59  # the round read at 60 stands for the second before it


def test_a_primary_that_answers_but_writes_nothing_is_down() -> None:
    verdict = watch(Health(HealthRules()), [GOOD] * 30 + [READ_ONLY] * 20)[-1]
    assert verdict.down is Cause.WRITES_FAIL


@pytest.mark.parametrize("dark_s", [1, 8, 18, 19])
def test_a_restart_of_up_to_nineteen_seconds_flips_nothing(dark_s: int) -> None:
    assert seconds_to_down([GOOD] * 30 + [DEAD] * dark_s + [GOOD] * 200) is None


def test_two_lucky_answers_do_not_hide_a_crash() -> None:
    assert seconds_to_down([GOOD] * 30 + [DEAD] * 9 + [GOOD] + [DEAD] * 5 + [GOOD] + [DEAD] * 6) == 30 + 22


def test_while_the_reference_is_silent_too_nobody_is_blamed() -> None:
    verdicts = watch(Health(HealthRules()), [GOOD] * 30 + [OFFLINE] * 300)
    assert all(verdict.down is None for verdict in verdicts)
    assert verdicts[-1].warning is Cause.OFFLINE
    assert not verdicts[-1].is_healthy


def test_a_crash_behind_our_own_outage_is_counted_from_when_we_are_back() -> None:
    assert seconds_to_down([GOOD] * 30 + [OFFLINE] * 60 + [DEAD] * 40) == 30 + 60 + 20


def test_a_reference_that_is_silent_while_the_primary_answers_is_ignored_until_it_answers() -> None:
    silent: dict[str, float] = {**GOOD, "ref_ok": 0}
    verdicts = watch(Health(HealthRules()), [GOOD] * 30 + [silent] * 10 + [OFFLINE] * 20)
    assert verdicts[39].warning is Cause.REFERENCE
    assert watch(Health(HealthRules()), [silent] * 200)[-1].is_healthy
    assert verdicts[-1].down is Cause.NO_ANSWER
    assert seconds_to_down([GOOD] * 30 + [silent] * 10 + [GOOD] * 10 + [OFFLINE] * 200) is None


def test_one_lost_answer_of_the_reference_does_not_discredit_it() -> None:
    silent: dict[str, float] = {**GOOD, "ref_ok": 0}
    assert seconds_to_down([GOOD] * 30 + [silent, GOOD, GOOD] + [OFFLINE] * 200) is None


def test_one_lost_answer_of_the_reference_hides_no_second_of_a_crash() -> None:
    assert seconds_to_down([GOOD] * 30 + [DEAD] * 7 + [OFFLINE] + [DEAD] * 20) == 30 + 20


def test_what_could_not_be_read_is_unknown_and_not_zero() -> None:
    verdicts = watch(Health(HealthRules()), [GOOD] * 30 + [UNKNOWN] * 100)
    assert all(verdict.down is None for verdict in verdicts)
    assert verdicts[-1].warning is Cause.BLIND
    assert not verdicts[-1].is_healthy


def test_an_unknown_write_probe_leaves_the_health_probe_to_decide() -> None:
    assert seconds_to_down([{"probe_ok": 1}] * 100) is None
    assert seconds_to_down([{"probe_ok": 0}] * 20) == 20


def test_a_stall_of_ours_counts_as_unknown_and_not_as_a_long_bad_second() -> None:
    health = Health(HealthRules())
    watch(health, [GOOD] * 30)
    assert health.add(30 + 3600, DEAD).down is None
    assert health.add(30 + 3601, GOOD).down is None


def test_a_hanging_primary_is_found_in_time_though_every_round_lasts_as_long_as_the_time_out() -> None:
    health = Health(HealthRules())
    watch(health, [GOOD] * 30)
    verdicts = watch(health, [DEAD] * 20, start_s=30.5, every_s=1.5)
    first = next(verdict for verdict in verdicts if verdict.down)
    assert 19 <= first.at_s - 29 <= 23


def test_silence_after_saturation_is_a_crash_after_twelve_seconds() -> None:
    assert seconds_to_down([GOOD] * 30 + [HOT] * 10 + [DEAD] * 20) == 30 + 10 + 12
    assert seconds_to_down([GOOD] * 30 + [HOT] * 10 + [GOOD] * 200 + [DEAD] * 20) == 30 + 10 + 200 + 20


def test_where_restarts_are_announced_an_unannounced_silence_is_a_crash_after_twelve_seconds() -> None:
    rules = HealthRules(restarts_are_announced=True)
    announced = {**GOOD, "maintenance": 1.0}
    assert seconds_to_down([GOOD] * 30 + [DEAD] * 30, rules) == 30 + 12
    assert seconds_to_down([GOOD] * 30 + [announced] + [DEAD] * 18 + [GOOD] * 90, rules) is None
    assert seconds_to_down([GOOD] * 30 + [announced] + [DEAD] * 30, rules) == 30 + 1 + 20


def test_two_failures_in_five_for_minutes_are_an_outage_too() -> None:
    verdicts = watch(Health(HealthRules()), [GOOD] * 60 + [DEAD, GOOD, DEAD, GOOD, GOOD] * 20)
    assert {verdict.down for verdict in verdicts} == {None, Cause.DEGRADED}


def test_reads_and_writes_that_fail_in_turn_add_up() -> None:
    no_reads: dict[str, float] = {"probe_ok": 0, "write_ok": 1}
    assert seconds_to_down([GOOD] * 60 + [READ_ONLY, no_reads, GOOD, GOOD] * 30) == 60 + 73


def test_a_brown_out_of_half_a_minute_flips_nothing_but_warns() -> None:
    verdicts = watch(Health(HealthRules()), [GOOD] * 60 + [DEAD, DEAD, GOOD] * 10 + [GOOD] * 100)
    assert all(verdict.down is None for verdict in verdicts)
    assert Cause.FAILURES in {verdict.warning for verdict in verdicts}
    assert verdicts[-1].warning is None
    assert 90 < verdicts[-1].calm_s < 110


def test_a_slow_database_or_two_hot_metrics_warn_before_anything_fails() -> None:
    slow = watch(Health(HealthRules()), [GOOD] * 10 + [{**GOOD, "db_p95_ms": 700.0}] * 3)
    assert [verdict.warning for verdict in slow[-2:]] == [None, Cause.SLOW_DATABASE]
    crowded = watch(Health(HealthRules()), [GOOD] * 10 + [{**GOOD, "cpu": 0.97, "cache_hit": 0.4}] * 3)
    assert crowded[-1].warning is Cause.SATURATED
    assert crowded[-1].hot == ("cpu", "cache_hit")


def test_healthy_again_takes_two_minutes_and_forgives_noise() -> None:
    health = Health(HealthRules())
    watch(health, [DEAD] * 60)
    verdicts = watch(health, ([GOOD] * 39 + [DEAD]) * 3 + [GOOD] * 10, start_s=60)
    assert next(number for number, verdict in enumerate(verdicts) if verdict.is_healthy) >= 110
    assert verdicts[-1].is_healthy


def test_a_flapping_primary_is_never_healthy() -> None:
    health = Health(HealthRules())
    verdicts = watch(health, ([DEAD] * 20 + [GOOD] * 20) * 20)
    assert not any(verdict.is_healthy for verdict in verdicts)


def test_payments_that_fail_for_longer_than_a_hiccup_break_payments_and_nothing_else() -> None:
    failing = [{**GOOD, "pay_probe": 0.0}, GOOD, GOOD, GOOD, GOOD]
    verdicts = watch(Health(HealthRules()), [{**GOOD, "pay_probe": 1.0}] * 60 + failing * 12)
    broken = next(verdict for verdict in verdicts if verdict.broken)
    assert 37 <= broken.at_s - 60 <= 42
    assert [(part.part, part.cause) for part in broken.broken] == [("payments", Cause.PAYMENTS)]
    assert abs(broken.broken[0].since_s - 60) <= 3
    assert all(verdict.down is None for verdict in verdicts)


def test_a_payment_hiccup_of_thirty_seconds_and_an_eighth_failing_for_ever_break_nothing() -> None:
    hiccup = watch(
        Health(HealthRules()), [GOOD | {"pays": 5, "pays_failed": 5}] * 30 + [GOOD | {"pays": 5, "pays_failed": 0}] * 90
    )
    noise = watch(Health(HealthRules()), [GOOD | {"pays": 8, "pays_failed": 1}] * 900)
    assert not any(verdict.broken for verdict in hiccup + noise)


@pytest.mark.parametrize("rest", [OFFLINE, DEAD])
def test_a_payment_that_fails_while_nothing_gets_through_says_nothing_about_payments(rest: dict[str, float]) -> None:
    verdicts = watch(Health(HealthRules()), [GOOD] * 30 + [rest | {"pay_probe": 0.0}] * 90)
    assert Cause.PAYMENTS not in {verdict.warning for verdict in verdicts}
    assert not any(verdict.broken for verdict in verdicts)
    failing = watch(Health(HealthRules()), [GOOD] * 30 + [GOOD | {"pay_probe": 0.0}] * 5)
    assert failing[-1].warning is Cause.PAYMENTS


def test_payments_are_healthy_again_two_minutes_after_the_last_doubt() -> None:
    health = Health(HealthRules())
    watch(health, [GOOD | {"pays": 1, "pays_failed": 1}] * 60)
    verdicts = watch(health, [GOOD | {"pays": 1, "pays_failed": 0}] * 200, start_s=60)
    assert "payments" not in verdicts[115].mended
    assert "payments" in verdicts[140].mended


def test_the_same_rules_run_in_fast_motion() -> None:
    rules = HealthRules().faster(10)
    health = Health(rules)
    watch(health, [GOOD] * 30, every_s=0.1)
    verdicts = watch(health, [DEAD] * 20, start_s=3.0, every_s=0.1)
    assert [verdict.down for verdict in verdicts[-2:]] == [None, Cause.NO_ANSWER]
    failing = [GOOD | {"pay_probe": 0.0} if number % 5 == 0 else GOOD for number in range(60)]
    broken = next(verdict for verdict in watch(Health(rules), failing, every_s=0.1) if verdict.broken)
    assert 3.7 <= broken.at_s <= 4.3
    assert [rule.at_least for rule in rules.rules] == [rule.at_least for rule in HealthRules().rules]
