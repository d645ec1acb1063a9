"""Figures that are read no longer, and parts nobody speaks of, become unknown: neither well nor broken for ever."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from core.derived import Derived, DerivedRules
from core.health import Cause, Health, HealthRules, Metrics, Verdict
from core.mode import WATCH, Advice, Mode, ModeRules, ModeState, advise
from core.rule_settings import RuleSettings
from core.times import from_ms

GOOD: dict[str, float] = {"probe_ok": 1, "write_ok": 1, "ref_ok": 1}
FAILING = GOOD | {"pays": 2, "pays_failed": 2}
PAID = GOOD | {"pays": 2, "pays_failed": 0}


def watch(health: Health, rounds: Iterable[Metrics], *, start_s: float = 0.0) -> list[Verdict]:
    return [health.add(start_s + number, metrics) for number, metrics in enumerate(rounds)]


def derive(rounds: Iterable[Metrics], recent_of: tuple[str, ...] = ()) -> list[dict[str, float]]:
    """What follows after each round, one a second."""
    derived = Derived(DerivedRules(), recent_of)
    return [derived.add(float(number), 1.0, metrics, {}) for number, metrics in enumerate(rounds)]


def test_payments_that_broke_and_that_nobody_tries_any_more_are_mended_at_last() -> None:
    health = Health(HealthRules())
    assert watch(health, [FAILING] * 60)[-1].broken
    silent = watch(health, [GOOD] * 2700, start_s=60)
    assert not any("payments" in verdict.mended for verdict in silent[:2300])
    assert "payments" in silent[-1].mended
    # Nor is one failed payment enough to break them again.
    assert not watch(health, [FAILING], start_s=2760)[-1].broken


def test_before_a_payment_was_seen_payments_are_not_known_to_be_well() -> None:
    health = Health(HealthRules())
    assert not any("payments" in verdict.mended for verdict in watch(health, [GOOD] * 600))
    assert "payment_evidence" not in health.known
    assert "payments" in watch(health, [PAID] * 130, start_s=600)[-1].mended
    assert health.known["payment_evidence"] == 0


def test_payments_that_failed_are_forgotten_on_a_persons_word() -> None:
    health = Health(HealthRules())
    assert watch(health, [FAILING] * 60)[-1].broken
    health.forget_evidence("merchant:noodles")
    assert watch(health, [FAILING], start_s=60)[-1].broken
    health.forget_evidence("payments")
    assert not any(verdict.broken for verdict in watch(health, [FAILING] * 35, start_s=61))


def test_a_merchant_that_was_out_of_reach_is_forgotten_on_a_persons_word() -> None:
    health, silent = Health(HealthRules()), GOOD | {"merchant_ok:noodles": 0.0, "merchant_ok:rice": 0.0}
    assert [part.part for part in watch(health, [silent] * 65)[-1].broken] == ["merchant:noodles", "merchant:rice"]
    health.forget_evidence("merchant:noodles")
    later = watch(health, [silent] * 60, start_s=65)
    assert {part.part for verdict in later[:58] for part in verdict.broken} == {"merchant:rice"}
    # A person's word does not outrank for ever: what goes on for another minute is told again.
    assert "merchant:noodles" in {part.part for part in later[-1].broken}


@pytest.mark.parametrize("metrics", [{"pays": 5.0, "orders": 5.0}, {"pays_failed": 5.0, "orders_failed": 5.0}])
def test_tries_of_which_nobody_knows_how_many_failed_prove_nothing(metrics: Metrics) -> None:
    found = derive([metrics] * 60)[-1]
    assert not found.keys() & {"payment_evidence", "pay_success", "order_success"}


def test_rates_and_shares_that_are_read_no_longer_become_unknown() -> None:
    counts = {"orders": 1.0, "orders_failed": 0.0, "pays": 1.0, "pays_failed": 0.0}
    names = {"order_rate", "order_success", "pay_success"}
    found = derive([counts] * 600 + [{}] * 600)
    assert names <= found[599].keys()
    assert not names & found[-1].keys()


def test_what_was_normal_in_the_last_minutes_is_unknown_once_they_are_over() -> None:
    found = derive([{"queue_depth": 10.0}] * 120 + [{}] * 600 + [{"queue_depth": 40.0}] * 30, ("queue_depth",))
    assert found[700]["queue_depth@recent"] == 10
    assert "queue_depth@recent" not in found[-1]


def test_an_open_part_that_nothing_has_spoken_of_since_our_start_ends_by_itself() -> None:
    state = ModeState(Mode.PARTIAL, 3, from_ms(0), WATCH, "")

    def advice(seconds: int, metrics: Metrics, open_s: float = 5000.0) -> Advice | None:
        verdict = watch(Health(HealthRules()), [metrics] * seconds)[-1]
        return advise(state, verdict, 5000.0, from_ms(0), ModeRules(), {"merchant:gone": open_s})

    assert advice(1700, GOOD) is None
    assert advice(1801, GOOD) == Advice(Mode.NORMAL, None, "merchant:gone")
    assert advice(1801, GOOD, open_s=-1.0) is None  # a person called it broken
    still = advice(1801, GOOD | {"merchant_ok:gone": 0.0})
    assert still is None


def test_broken_payments_are_dated_by_their_rule_where_no_payment_was_seen() -> None:
    rule = {"name": "payments", "when": "callback_lag > 30s", "for": "20s", "level": 2, "part": "payments"}
    health = Health(HealthRules(rules=(RuleSettings.model_validate(rule).rule(),)))
    verdicts = watch(health, [GOOD] * 10 + [GOOD | {"callback_lag_s": 60.0}] * 20)
    assert [(part.cause, part.since_s) for part in verdicts[-1].broken] == [(Cause.PAYMENTS, 9.0)]
