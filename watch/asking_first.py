"""Where the operator wants to be asked: puts the question, counts it down, and does what silence means."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.mode import WATCH, Advice, ModeRules, ModeState
from fallback_store import switch_questions
from fallback_store.database import Store, Tx
from fallback_store.switch_questions import Reply, SwitchQuestion
from watch.mode_switch import StoreModeSwitch
from watch.switch_questions import is_about, shown_seconds

#: Trouble is over once nothing was wished for so long: just after a start of ours it has to be seen again first.
_OVER_AFTER_S = 30.0


class AskingFirst:
    """One per watcher; the question is a row, so that a button finds it after a restart of ours too."""

    def __init__(self, store: Store, switch: StoreModeSwitch, rules: ModeRules) -> None:
        self._store = store
        self._switch = switch
        self._rules = rules
        #: the question that waits, and when it is over, monotonic seconds
        self._open: tuple[SwitchQuestion, float] | None = None
        self._shown = 0
        #: what was declined, or left alone, while the same trouble lasts
        self._declined: set[tuple[str, str]] = set()
        self._is_new = True
        #: when a switch was last wished for, monotonic seconds
        self._wished_s: float | None = None

    async def look(self, wish: Advice | None, state: ModeState, at_s: float, now: datetime) -> None:
        """`wish`: the step that would be taken if nobody had to be asked; None = none."""
        await self._remember(at_s, now)
        if wish is not None or self._wished_s is None:
            self._wished_s = at_s
        is_over = wish is None and at_s - self._wished_s >= _OVER_AFTER_S
        if is_over:
            self._declined.clear()
        if self._open is not None:
            question, due_s = self._open
            if is_over or (wish is None and at_s >= due_s) or (wish is not None and not is_about(question, wish)):
                await self._settle(question, Reply.WITHDRAWN, now)
            elif at_s >= due_s:
                await self._fall_silent(question, state, now)
            elif shown_seconds(due_s - at_s) != self._shown:
                await self._count_down(question, due_s - at_s, now)
        elif wish is not None and (wish.mode, wish.part) not in self._declined:
            await self._ask(wish, at_s, now)

    async def _remember(self, at_s: float, now: datetime) -> None:
        """Learns of an answer; and, once, of a question from before this process."""
        if self._open is None and not self._is_new:
            return
        self._is_new = False
        found = await switch_questions.newest(self._store)
        if found is None:
            return
        if found.reply is None and self._open is None:
            # Of a question from before this process only the wall clock knows the age.
            left_s = min(max(0.0, (found.due_at - now).total_seconds()), self._rules.answer_within_s)
            self._open = (found, at_s + left_s)
        elif found.reply is not None and self._open is not None and found.id == self._open[0].id:
            self._close(found)

    async def _ask(self, wish: Advice, at_s: float, now: datetime) -> None:
        began = now if wish.since_s is None else now - timedelta(seconds=at_s - wish.since_s)
        rules = self._rules

        def unit(tx: Tx) -> SwitchQuestion:
            return self._switch.questions.ask(
                tx, wish, began, now, within_s=rules.answer_within_s, switches=rules.switches_on_silence
            )

        question = await self._store.write(unit)
        self._open = (question, at_s + rules.answer_within_s)
        self._shown = shown_seconds(rules.answer_within_s)

    async def _count_down(self, question: SwitchQuestion, left_s: float, now: datetime) -> None:
        switches = self._rules.switches_on_silence

        def unit(tx: Tx) -> None:
            # Somebody may have answered since we looked: what they read then must stay.
            found = switch_questions.by_id(tx, question.id)
            if found is not None and found.reply is None:
                self._switch.questions.show(tx, question, left_s, now, switches=switches)

        await self._store.write(unit)
        self._shown = shown_seconds(left_s)

    async def _fall_silent(self, question: SwitchQuestion, state: ModeState, now: datetime) -> None:
        def unit(tx: Tx) -> None:
            if self._switch.questions.settle(tx, question.id, Reply.SILENCE, by=WATCH, now=now) is None:
                return
            if self._rules.switches_on_silence:
                self._switch.follow(tx, question.advice, state, now=now, broken_at=question.broken_at)

        await self._store.write(unit)
        self._close(question)

    async def _settle(self, question: SwitchQuestion, reply: Reply, now: datetime) -> None:
        await self._store.write(lambda tx: self._switch.questions.settle(tx, question.id, reply, by=WATCH, now=now))
        self._open = None

    def _close(self, question: SwitchQuestion) -> None:
        self._declined.add((question.mode, question.part))
        self._open = None
