"""The settings of the watch: what it asks, what it concludes, and how it switches."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from core.derived import DerivedRules
from core.health import HealthRules
from core.metrics import KIND_BY_NAME, kind_of
from core.mode import ModeRules
from core.recommended import COMPLAINTS, RECOMMENDED
from core.rule_settings import RuleSettings
from core.rules import mistakes_in
from core.settings_group import Group, Seconds


class WatchSettings(Group):
    """Is the primary alive?"""

    #: something that is not the primary; whatever it answers, we are online; "" = none
    reference_url: str = ""
    interval_s: Seconds = 1.0
    #: total time-out of one probe
    timeout_s: Seconds = 1.5
    #: the primary says `maintenance` before it restarts
    restarts_are_announced: bool = False
    #: a payment tried for practice, an address below primary.base_url that is POSTed to; "" = the primary has none
    pay_probe_path: str = ""
    pay_probe_every_s: Seconds = 5.0
    #: where the primary shows its figures, below primary.base_url; "" = nowhere
    metrics_path: str = "/metrics"
    #: our name of a metric → what the primary calls it, where that differs
    metric_names: dict[str, str] = Field(default_factory=dict)
    #: others that report to us: name → how often they do, seconds
    heartbeats: dict[str, Seconds] = Field(default_factory=dict)
    #: shown by whoever posts a heartbeat; empty = nobody may
    heartbeat_token: str = ""
    #: words that complain about the platform when said in a group: counted, not kept
    complaint_words: tuple[str, ...] = COMPLAINTS
    #: fewer orders or payments than this, expected or tried in ten minutes, say nothing about their rate
    smallest_sample: float = Field(30.0, ge=1)
    #: rounds are kept so many days, so that rules can be tried on them; 0 = none are
    record_days: float = Field(3.0, ge=0, le=60)
    #: what the watch concludes from the metrics
    rules: tuple[RuleSettings, ...] = RECOMMENDED
    #: the primary must have been healthy this long before it is handed anything
    healthy_s: Seconds = 120.0
    #: emergency lasts at least this long
    dwell_s: Seconds = 180.0
    #: watching ends after so long without a warning
    calm_s: Seconds = 30.0
    #: enter emergency without an admin
    enters_by_itself: bool = True
    #: an admin who is asked first has so long to answer
    answer_within_s: Seconds = 60.0
    #: when nobody answers: `stay` as it is, or `switch` all the same
    on_silence: Literal["stay", "switch"] = "stay"
    #: start the hand-back without an admin once dwell and health allow
    hands_back_by_itself: bool = False
    #: a follow-up notice goes out this often, news or not
    notice_every_s: Seconds = 1200.0
    #: divides every duration above, the time-out apart: for demos and drills, never for a campus
    times_faster: float = Field(1.0, ge=1, le=100)

    @field_validator("metric_names", "heartbeats")
    @classmethod
    def _is_named_well(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        for name in value:
            if info.field_name == "metric_names" and kind_of(name) is None:
                raise ValueError(f"there is no metric {name!r}; known: {', '.join(KIND_BY_NAME)}")
            if not re.fullmatch(r"[A-Za-z0-9_.\-]{1,40}", name):
                raise ValueError(f"{name!r}: a name is up to 40 letters, digits, dots, dashes or underscores")
        return value

    @field_validator("rules")
    @classmethod
    def _fit_together(cls, value: tuple[RuleSettings, ...]) -> tuple[RuleSettings, ...]:
        if found := mistakes_in([setting.rule() for setting in value]):
            raise ValueError("; ".join(found))
        return value

    @property
    def health_rules(self) -> HealthRules:
        """What the verdict depends on."""
        rules = HealthRules(
            interval_s=self.interval_s,
            timeout_s=self.timeout_s,
            rules=tuple(setting.rule() for setting in self.rules),
            derived=DerivedRules(smallest_sample=self.smallest_sample),
            restarts_are_announced=self.restarts_are_announced,
            healthy_s=self.healthy_s,
        )
        return replace(rules.faster(self.times_faster), timeout_s=self.timeout_s)

    @property
    def mode_rules(self) -> ModeRules:
        """How a verdict moves the mode."""
        return ModeRules(
            dwell_s=self.dwell_s / self.times_faster,
            calm_s=self.calm_s / self.times_faster,
            enters_by_itself=self.enters_by_itself,
            answer_within_s=self.answer_within_s / self.times_faster,
            switches_on_silence=self.on_silence == "switch",
            hands_back_by_itself=self.hands_back_by_itself,
        )
