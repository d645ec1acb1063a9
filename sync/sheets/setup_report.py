"""What setting up a sheet has done, line by line, for the operator who ran it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class SetupReport:
    """Grows as the work goes on."""

    lines: list[str] = field(default_factory=list)

    def did(self, line: str) -> None:
        """One more thing that is done."""
        self.lines.append(line)
