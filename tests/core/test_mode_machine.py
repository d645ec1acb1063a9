"""Which steps the mode may take, and what a verdict leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.health import BrokenPart, Cause, Verdict
from core.mode import (
    HAND_BACK,
    WATCH,
    Advice,
    Mode,
    ModeLock,
    ModeRules,
    ModeState,
    advise,
    epoch_after,
    is_ready_to_hand_back,
    may_step,
)

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
RULES = ModeRules()
BY_ITSELF = ModeRules(hands_back_by_itself=True)
WELL = frozenset({"payments", "merchant:noodles"})
NO_PAYMENTS = BrokenPart("payments", Cause.PAYMENTS, 0.0)
NO_NOODLES = BrokenPart("merchant:noodles", Cause.MERCHANT, 0.0)
QUIET = Verdict(at_s=0, calm_s=1000, mended=WELL)
DEAD = Verdict(at_s=0, down=Cause.NO_ANSWER, warning=Cause.FAILURES)
BROKE = Verdict(at_s=0, broken=(NO_PAYMENTS,))
WORRY = Verdict(at_s=0, warning=Cause.SLOW_DATABASE)
HEALTHY = Verdict(at_s=0, is_healthy=True, calm_s=1000, mended=WELL)


def state(mode: Mode, *, by: str = WATCH, lock: ModeLock | None = None) -> ModeState:
    return ModeState(mode, 3, NOON, by, "", lock)


def next_mode(mode: Mode, verdict: Verdict, in_mode_s: float = 1000, rules: ModeRules = RULES) -> Mode | None:
    parts = {"payments": in_mode_s} if mode is Mode.PARTIAL else {}
    advice = advise(state(mode), verdict, in_mode_s, NOON, rules, parts)
    return None if advice is None else advice.mode


@pytest.mark.parametrize("mode", [Mode.NORMAL, Mode.WATCHING, Mode.PARTIAL, Mode.HANDING_BACK])
def test_a_primary_that_is_down_leads_to_emergency_from_every_other_mode(mode: Mode) -> None:
    advice = advise(state(mode), DEAD, 0, NOON, RULES)
    assert advice == Advice(Mode.EMERGENCY, Cause.NO_ANSWER, since_s=DEAD.bad_since_s)


def test_broken_payments_lead_to_partial_and_never_to_emergency() -> None:
    assert {mode: next_mode(mode, BROKE) for mode in Mode} == {
        Mode.NORMAL: Mode.PARTIAL,
        Mode.WATCHING: Mode.PARTIAL,
        Mode.PARTIAL: None,
        Mode.EMERGENCY: None,
        Mode.HANDING_BACK: None,
    }


def test_a_warning_leads_to_watching_and_calm_leads_back() -> None:
    assert next_mode(Mode.NORMAL, WORRY) is Mode.WATCHING
    assert next_mode(Mode.WATCHING, WORRY) is None
    assert next_mode(Mode.WATCHING, Verdict(at_s=0, calm_s=29)) is None
    assert next_mode(Mode.WATCHING, Verdict(at_s=0, calm_s=30)) is Mode.NORMAL


def test_what_people_feel_is_told_though_something_else_is_watched_already() -> None:
    old_certificate = replace(state(Mode.WATCHING), cause=Cause.CERTIFICATE)
    slow = replace(state(Mode.WATCHING), cause=Cause.SLOW_DATABASE)
    certificate = Verdict(at_s=0, warning=Cause.CERTIFICATE, unfelt_s=29)
    assert advise(old_certificate, WORRY, 9, NOON, RULES) == Advice(Mode.WATCHING, Cause.SLOW_DATABASE)
    assert advise(old_certificate, certificate, 9, NOON, RULES) is None
    assert advise(old_certificate, replace(certificate, warning=Cause.CLOCK), 9, NOON, RULES) is None
    assert advise(slow, certificate, 9, NOON, RULES) is None
    assert advise(slow, replace(certificate, unfelt_s=30), 9, NOON, RULES) == Advice(Mode.WATCHING, Cause.CERTIFICATE)


def test_partial_ends_by_itself_after_its_dwell_once_payments_are_healthy() -> None:
    assert next_mode(Mode.PARTIAL, QUIET, in_mode_s=179) is None
    assert next_mode(Mode.PARTIAL, QUIET, in_mode_s=180) is Mode.NORMAL


def test_what_breaks_besides_is_told_of_and_only_the_last_mended_part_ends_partial() -> None:
    both = Verdict(at_s=0, broken=(NO_PAYMENTS, NO_NOODLES))
    partial = state(Mode.PARTIAL)
    more = advise(partial, both, 10, NOON, RULES, {"payments": 10.0})
    assert more == Advice(Mode.PARTIAL, Cause.MERCHANT, "merchant:noodles", 0.0)
    parts = {"payments": 1000.0, "merchant:noodles": 300.0}
    assert advise(partial, both, 1000, NOON, RULES, parts) is None
    assert advise(partial, QUIET, 1000, NOON, RULES, parts) == Advice(Mode.PARTIAL, None, "payments")
    assert advise(partial, QUIET, 1000, NOON, RULES, {"merchant:noodles": 300.0}) == Advice(
        Mode.NORMAL, None, "merchant:noodles"
    )
    assert advise(partial, QUIET, 1000, NOON, RULES, {"merchant:noodles": 100.0}) is None


def test_emergency_never_ends_by_itself_unless_it_was_told_to() -> None:
    assert next_mode(Mode.EMERGENCY, HEALTHY) is None
    assert is_ready_to_hand_back(state(Mode.EMERGENCY), HEALTHY, 180, RULES)
    assert not is_ready_to_hand_back(state(Mode.EMERGENCY), HEALTHY, 179, RULES)
    assert next_mode(Mode.EMERGENCY, HEALTHY, 179, BY_ITSELF) is None
    assert next_mode(Mode.EMERGENCY, QUIET, 1000, BY_ITSELF) is None
    assert next_mode(Mode.EMERGENCY, HEALTHY, 180, BY_ITSELF) is Mode.HANDING_BACK


def test_an_emergency_that_a_person_opened_only_a_person_ends() -> None:
    assert advise(state(Mode.EMERGENCY, by="web:admin"), HEALTHY, 1000, NOON, BY_ITSELF) is None


def test_a_hand_back_that_failed_is_tried_again_after_the_dwell() -> None:
    returned = state(Mode.EMERGENCY, by=HAND_BACK)
    assert advise(returned, HEALTHY, 179, NOON, BY_ITSELF) is None
    assert advise(returned, HEALTHY, 180, NOON, BY_ITSELF) == Advice(Mode.HANDING_BACK, None)


def test_an_operator_who_wants_to_be_asked_is_only_shown_the_warning() -> None:
    asks = ModeRules(enters_by_itself=False)
    assert advise(state(Mode.NORMAL), DEAD, 0, NOON, asks) == Advice(Mode.WATCHING, Cause.NO_ANSWER)
    assert next_mode(Mode.WATCHING, DEAD, rules=asks) is None
    assert next_mode(Mode.WATCHING, BROKE, rules=asks) is None
    assert next_mode(Mode.PARTIAL, DEAD, rules=asks) is None


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("verdict", [DEAD, BROKE, WORRY, QUIET, HEALTHY])
def test_a_lock_outranks_the_probes_until_it_expires(mode: Mode, verdict: Verdict) -> None:
    lock = ModeLock("web:admin", "testing", NOON + timedelta(minutes=5))
    locked = state(mode, lock=lock)
    assert advise(locked, verdict, 1000, NOON, BY_ITSELF) is None
    assert advise(locked, verdict, 1000, lock.until, BY_ITSELF) == advise(state(mode), verdict, 1000, NOON, BY_ITSELF)


def test_only_the_listed_steps_exist() -> None:
    assert {(before, after) for before in Mode for after in Mode if may_step(before, after)} == {
        (Mode.NORMAL, Mode.WATCHING),
        (Mode.NORMAL, Mode.PARTIAL),
        (Mode.NORMAL, Mode.EMERGENCY),
        (Mode.WATCHING, Mode.NORMAL),
        (Mode.WATCHING, Mode.PARTIAL),
        (Mode.WATCHING, Mode.EMERGENCY),
        (Mode.PARTIAL, Mode.NORMAL),
        (Mode.PARTIAL, Mode.EMERGENCY),
        (Mode.EMERGENCY, Mode.HANDING_BACK),
        (Mode.HANDING_BACK, Mode.EMERGENCY),
        (Mode.HANDING_BACK, Mode.NORMAL),
    }


def test_taking_the_orders_over_opens_an_epoch_and_going_back_to_them_does_not() -> None:
    assert epoch_after(state(Mode.NORMAL), Mode.EMERGENCY) == 4
    assert epoch_after(state(Mode.HANDING_BACK), Mode.EMERGENCY) == 3
    assert epoch_after(state(Mode.EMERGENCY), Mode.HANDING_BACK) == 3
    assert epoch_after(state(Mode.HANDING_BACK), Mode.NORMAL) == 3


verdicts = st.builds(
    Verdict,
    at_s=st.just(0.0),
    down=st.sampled_from([None, Cause.NO_ANSWER, Cause.WRITES_FAIL, Cause.DEGRADED]),
    broken=st.sampled_from([(), (NO_PAYMENTS,), (NO_NOODLES,), (NO_PAYMENTS, NO_NOODLES)]),
    mended=st.sampled_from([frozenset(), frozenset({"payments"}), WELL]),
    warning=st.sampled_from([None, Cause.FAILURES, Cause.OFFLINE]),
    calm_s=st.floats(0, 100),
    is_healthy=st.booleans(),
)


@given(st.lists(st.tuples(verdicts, st.floats(0, 400)), max_size=60), st.booleans(), st.booleans())
def test_whatever_the_probes_say_the_machine_takes_only_its_own_steps_and_epochs_only_grow(
    days: list[tuple[Verdict, float]], enters: bool, hands_back: bool
) -> None:
    rules = ModeRules(enters_by_itself=enters, hands_back_by_itself=hands_back)
    seen, parts = [state(Mode.NORMAL)], set[str]()
    for verdict, in_mode_s in days:
        advice = advise(seen[-1], verdict, in_mode_s, NOON, rules, dict.fromkeys(sorted(parts), in_mode_s))
        if advice and advice.mode is Mode.PARTIAL:
            parts ^= {advice.part}  # a part breaks once and is mended once
        elif advice:
            parts = set()
        assert bool(parts) == ((advice.mode if advice else seen[-1].mode) is Mode.PARTIAL)
        if advice and advice.mode is not seen[-1].mode:
            seen.append(ModeState(advice.mode, epoch_after(seen[-1], advice.mode), NOON, WATCH, ""))
    for before, after in pairwise(seen):
        assert may_step(before.mode, after.mode)
        assert after.epoch - before.epoch in (0, 1)
        assert (after.epoch > before.epoch) == (after.mode is Mode.EMERGENCY and before.mode is not Mode.HANDING_BACK)
