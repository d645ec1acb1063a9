"""The shape of one watch rule in config.yaml, and the rule it stands for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from core.cause import Cause
from core.conditions import duration_s, read_condition
from core.rules import AlertRule
from core.settings_group import Group

#: `20s`, `3min`, `2h`, or seconds.
Span = Annotated[float, BeforeValidator(duration_s), Field(ge=0, le=604_800)]


def _words(value: Any) -> Any:
    """One word stands for a list of one."""
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class RuleSettings(Group):
    """One rule: `{name: no_answer, when: "probe_ok == 0", for: 20s, of: 22s, unless: ref_down, level: 1}`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    #: one condition, or several of which `at_least` must hold
    when: Words = Field(min_length=1)
    at_least: int = Field(1, ge=1)
    for_: Span = Field(0.0, alias="for")
    #: None = no longer than `for`
    of: Span | None = None
    #: 0 a fact for other rules, 1 emergency, 2 one part is broken, 3 warning
    level: Literal[0, 1, 2, 3]
    #: what people are told is wrong; "" = the rule's name says it
    cause: str = ""
    part: str = ""
    unless: Words = ()
    needs: Words = ()
    holds: Span = 0.0
    until: str = ""

    @field_validator("when")
    @classmethod
    def _are_conditions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for written in value:
            read_condition(written)
        return value

    @field_validator("until")
    @classmethod
    def _is_condition(cls, value: str) -> str:
        if value:
            read_condition(value)
        return value

    @field_validator("cause")
    @classmethod
    def _is_cause(cls, value: str) -> str:
        if value and value not in set(Cause):
            raise ValueError(f"there is no such cause; write one of {', '.join(Cause)}")
        return value

    @model_validator(mode="after")
    def _says_what_is_wrong(self) -> RuleSettings:
        if self.level and not self.cause and self.name not in set(Cause):
            raise ValueError(f"say what is wrong with `cause`, or name the rule so: one of {', '.join(Cause)}")
        return self

    def rule(self) -> AlertRule:
        """The rule."""
        word = self.cause or self.name
        return AlertRule(
            name=self.name,
            when=tuple(read_condition(written) for written in self.when),
            at_least=self.at_least,
            for_s=self.for_,
            of_s=max(self.for_ if self.of is None else self.of, 0.001),
            level=self.level,
            cause=Cause(word) if word in set(Cause) else Cause.DEGRADED,
            part=self.part,
            unless=frozenset(self.unless),
            needs=frozenset(self.needs),
            holds_s=self.holds,
            until=read_condition(self.until) if self.until else None,
        )
