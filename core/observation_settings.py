"""The settings of being observed: who may read our figures, and whom we tell that we are alive."""

from __future__ import annotations

from pydantic import Field, field_validator

from core.settings_group import Group


def silence_limit_s(interval_s: float) -> float:
    """A watch that has concluded nothing for so long is dead. `interval_s`: seconds between its rounds."""
    return max(60.0, 3 * interval_s)


class ObservationSettings(Group):
    """How others see how we are."""

    #: shown by who reads /metrics; "" = anybody may: they are counts, of no person
    metrics_token: str = ""
    #: called again and again while all is well: a dead-man's switch outside that raises the alarm when we fall silent;
    #: "" = nobody
    dead_man_url: str = ""
    #: seconds between two calls
    dead_man_every_s: float = Field(60.0, ge=1, le=86_400)

    @field_validator("dead_man_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("write a whole address starting with https://")
        return value
