"""Where admins are asked before a switch: what was proposed, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.cause import Cause
from core.mode import Advice, Mode
from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx


class Reply(StrEnum):
    """What became of a question."""

    YES = "yes"
    NO = "no"
    #: nobody answered in time
    SILENCE = "silence"
    #: the trouble was over first
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class SwitchQuestion:
    """May the mode be switched?"""

    id: int
    mode: Mode
    cause: Cause
    part: str
    broken_at: datetime
    asked_at: datetime
    due_at: datetime
    #: None while it waits
    reply: Reply | None
    replied_by: str

    @property
    def advice(self) -> Advice:
        """The step that is asked about."""
        return Advice(self.mode, self.cause, self.part)


_COLUMNS = "id, mode, cause, part, broken_ms, asked_ms, due_ms, answer, answered_by"


def ask(tx: Tx, advice: Advice, *, broken_at: datetime, now: datetime, due: datetime) -> SwitchQuestion:
    """Writes a question down. The advice has a cause: nobody is asked about good news."""
    row = tx.execute(
        "INSERT INTO switch_questions (mode, cause, part, broken_ms, asked_ms, due_ms) VALUES (?, ?, ?, ?, ?, ?)"
        f" RETURNING {_COLUMNS}",
        (
            advice.mode.value,
            (advice.cause or Cause.BY_HAND).value,
            advice.part,
            to_ms(broken_at),
            to_ms(now),
            to_ms(due),
        ),
    ).fetchone()
    return _question(row)


def settle(tx: Tx, question_id: int, reply: Reply, *, by: str, now: datetime) -> SwitchQuestion | None:
    """What became of it; None when somebody, or time, was faster."""
    row = tx.execute(
        "UPDATE switch_questions SET answer = ?, answered_by = ?, answered_ms = ? WHERE id = ? AND answer IS NULL"
        f" RETURNING {_COLUMNS}",
        (reply.value, by, to_ms(now), question_id),
    ).fetchone()
    return None if row is None else _question(row)


def by_id(tx: Tx, question_id: int) -> SwitchQuestion | None:
    """One question; None when there is none."""
    row = tx.execute(f"SELECT {_COLUMNS} FROM switch_questions WHERE id = ?", (question_id,)).fetchone()
    return None if row is None else _question(row)


async def newest(store: Store) -> SwitchQuestion | None:
    """The last one that was asked, answered or not."""
    rows = await store.read_all(f"SELECT {_COLUMNS} FROM switch_questions ORDER BY id DESC LIMIT 1")
    return _question(rows[0]) if rows else None


def _question(row: Any) -> SwitchQuestion:
    id_, mode, cause, part, broken_ms, asked_ms, due_ms, reply, by = row
    return SwitchQuestion(
        id_,
        Mode(mode),
        Cause(cause),
        part,
        from_ms(broken_ms),
        from_ms(asked_ms),
        from_ms(due_ms),
        None if reply is None else Reply(reply),
        by,
    )
