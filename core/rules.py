"""What the watch concludes from metrics: each rule a condition, for how long of how long, and how bad that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.cause import Cause
from core.conditions import Comparison, Condition

#: Facts that are known without a rule: we ourselves are offline; the operator says restarts are announced.
REF_DOWN = "ref_down"
RESTARTS_ANNOUNCED = "restarts_announced"
BUILT_IN = frozenset({REF_DOWN, RESTARTS_ANNOUNCED})
#: Metrics that come once per label; a rule about one of them is kept for each label by itself.
FAMILIES = frozenset({"merchant_ok", "canteen_ok", "check_ok", "heartbeat_ok"})
#: What a level 2 rule may say is broken; of a family, the label follows after a colon.
PARTS = frozenset({"payments", "merchant", "canteen"})

FACT, EMERGENCY, PARTIAL, WARNING = 0, 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """One line of the rules."""

    name: str
    when: tuple[Condition, ...]
    #: so many of the conditions, each by itself for `for_s` of `of_s`
    at_least: int = 1
    #: seconds it must have held …
    for_s: float
    #: … within so many
    of_s: float
    #: 0 a fact for other rules, 1 emergency, 2 one part is broken, 3 warning
    level: int
    cause: Cause
    #: what is broken at level 2
    part: str = ""
    #: while one of these holds, seconds count neither for nor against
    unless: frozenset[str] = frozenset()
    #: it speaks only while one of these holds; empty = always
    needs: frozenset[str] = frozenset()
    #: it goes on holding so long after its last second
    holds_s: float = 0.0
    #: when a broken part counts as mended again; None = when no condition holds
    until: Condition | None = None

    @property
    def family(self) -> str:
        """The family of metrics it is kept for label by label; "" = none."""
        return next((name for condition in self.when for name in _families_in(condition)), "")

    def faster(self, times: float) -> AlertRule:
        """The same rule with every duration divided."""
        return replace(
            self,
            for_s=self.for_s / times,
            of_s=self.of_s / times,
            holds_s=self.holds_s / times,
            when=tuple(_faster(condition, times) for condition in self.when),
        )


def _families_in(condition: Condition) -> list[str]:
    return [one.metric for one in condition.comparisons if one.metric in FAMILIES]


def _faster(condition: Condition, times: float) -> Condition:
    """How long payments have been in trouble is a duration too; other metrics' seconds are not ours to divide."""

    def each(one: Comparison) -> Comparison:
        return replace(one, value=one.value / times) if one.metric == "payment_trouble_s" else one

    return replace(condition, ways=tuple(tuple(each(one) for one in way) for way in condition.ways))


def mistakes_in(rules: Sequence[AlertRule]) -> list[str]:
    """What is wrong with them together, each with the place and what to write."""
    found, facts = list[str](), set(BUILT_IN)
    names = [rule.name for rule in rules]
    for place, rule in enumerate(rules):
        where = f"{place} ({rule.name})"
        if names.index(rule.name) != place:
            found.append(f"{where}: another rule has this name; give each its own")
        for word in sorted((rule.unless | rule.needs) - facts):
            known = ", ".join(sorted(facts))
            found.append(f"{where}: {word!r} is no fact; write one of {known}, or a rule of level 0 above this one")
        found += [f"{where}: {problem}" for problem in _alone(rule)]
        if rule.level == FACT:
            facts.add(rule.name)
    return found


def _alone(rule: AlertRule) -> list[str]:
    found = []
    if not 1 <= rule.at_least <= len(rule.when):
        found.append(
            f"at_least: {rule.at_least} of {len(rule.when)} conditions can never hold; write 1 or more of them"
        )
    if rule.for_s > rule.of_s:
        found.append(f"for: {rule.for_s:g}s do not fit into of: {rule.of_s:g}s; make `of` longer or leave it out")
    if rule.level == PARTIAL and rule.part not in PARTS:
        found.append(f"part: level 2 says what is broken; write one of {', '.join(sorted(PARTS))}")
    if rule.family and (rule.level not in (PARTIAL, WARNING) or len(rule.when) > 1):
        found.append(f"when: a rule about every {rule.family} has one condition and level 2 or 3")
    conditions = rule.when if rule.until is None else (*rule.when, rule.until)
    for other in sorted({name for condition in conditions for name in _families_in(condition)} - {rule.family}):
        about = f"a rule about every {rule.family}" if rule.family else "a rule about the whole"
        found.append(f"{other}: {about} cannot speak of every {other} besides; write {other}:NAME or a rule of its own")
    return found
