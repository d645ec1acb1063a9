"""Asks the admins before a switch: one message with two buttons and a countdown, edited until it is answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.authors import author
from core.chat import Button, ButtonRows
from core.mode import WATCH, Advice
from core.texts import text
from fallback_store import incident_log
from fallback_store import switch_questions as rows
from fallback_store.database import Tx
from fallback_store.switch_questions import Reply, SwitchQuestion
from watch.telling import Telling

#: The countdown is edited this often: a chat allows no more than a few edits a minute. Seconds.
COUNT_EVERY_S = 15


class SwitchQuestions:
    """Works inside the transaction of whoever asks or answers."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling

    def ask(
        self, tx: Tx, advice: Advice, broken_at: datetime, now: datetime, *, within_s: float, switches: bool
    ) -> SwitchQuestion:
        """Asks. `switches`: what happens when nobody answers within `within_s` seconds."""
        question = rows.ask(tx, advice, broken_at=broken_at, now=now, due=now + timedelta(seconds=within_s))
        self.show(tx, question, within_s, now, switches=switches)
        self._note(tx, WATCH, "journal_asked", question, now)
        return question

    def show(self, tx: Tx, question: SwitchQuestion, left_s: float, now: datetime, *, switches: bool) -> None:
        """The message as it is with so many seconds left."""
        left = shown_seconds(left_s)
        silence = "asked_silence_switch" if switches else "asked_silence_stay"

        def words(language: str) -> str:
            return text(
                language,
                "asked_switch",
                cause=self._telling.cause(tx, language, question.cause, question.part),
                since=self._telling.clock(question.broken_at, now),
                mode=text(language, f"mode_{question.mode}"),
                seconds=left,
                silence=text(language, silence),
            )

        def buttons(language: str) -> ButtonRows:
            return tuple(
                (Button(text(language, f"asked_button_{answer}"), f"admin:switch:{question.id}:{answer}"),)
                for answer in (Reply.YES, Reply.NO)
            )

        self._telling.admin_board(tx, _board(question), f"{question.id}:{left}", words, now, buttons)

    def settle(self, tx: Tx, question_id: int, reply: Reply, *, by: str, now: datetime) -> SwitchQuestion | None:
        """Writes the reply into the message and the journal; None when the question is settled already."""
        question = rows.settle(tx, question_id, reply, by=by, now=now)
        if question is None:
            return None

        def words(language: str) -> str:
            return text(
                language,
                f"asked_{reply}",
                cause=self._telling.cause(tx, language, question.cause, question.part),
                mode=text(language, f"mode_{question.mode}"),
                by=author(language, by),
            )

        self._telling.admin_board(tx, _board(question), f"{question.id}:{reply}", words, now)
        self._note(tx, by, f"journal_asked_{reply}", question, now)
        return question

    def _note(self, tx: Tx, who: str, name: str, question: SwitchQuestion, now: datetime) -> None:
        cause = self._telling.cause(tx, self._telling.rules.language, question.cause, question.part)
        words = self._telling.say(name, mode=self._telling.mode(question.mode), cause=cause)
        lasting = incident_log.open_one(tx)
        incident_log.note(tx, None if lasting is None else lasting.id, who=who, kind="note", text=words, now=now)


def shown_seconds(left_s: float) -> int:
    """The countdown in steps a chat can bear, never less than is left."""
    return max(0, -(-int(left_s) // COUNT_EVERY_S) * COUNT_EVERY_S)


def is_about(question: SwitchQuestion, advice: Advice) -> bool:
    """Whether the question proposes this very step."""
    return (question.mode, question.part) == (advice.mode, advice.part)


def _board(question: SwitchQuestion) -> str:
    return f"switch:{question.id}"
