"""What a check found: one thing that was tried, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    what: str
    is_ok: bool
    found: str
    #: what to do; "" when there is nothing to do
    hint: str = ""

    @property
    def line(self) -> str:
        """As a person reads it."""
        mark = "ok  " if self.is_ok else "FAIL"
        return f"{mark} {self.what}: {self.found}" + (f"\n     → {self.hint}" if self.hint else "")
