"""The admin's desk: who is in charge, how things stand, which group is whose; only admins, each step journalled."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from typing import Final

from bot.desks import (
    admin_words,
    binding,
    broken_parts,
    differing_books,
    group_manners,
    learning,
    notice_words,
    typed_figures,
    who_is_who,
)
from bot.desks.admin_words import REASONS
from bot.desks.desk import SILENCE, Answer, Visit, in_place
from core.chat import OutgoingMessage, Role
from core.errors import ModeConflict
from core.ids import Key, whole_number
from core.mode import ModeState
from core.ports import ModeSwitch
from core.texts import text
from fallback_store import messages, notice_ledger
from fallback_store.chat_changes import lost_groups
from fallback_store.database import Tx
from fallback_store.overview import overview

#: How long `/lock` holds when no minutes are given, and at the most: a day forgets itself.
LOCK_MINUTES = 30
LOCK_MINUTES_LIMIT = 24 * 60
#: Longest reason kept.
REASON_LENGTH = 200

_COMMAND = re.compile(r"/(?P<name>[a-z]+|[\u4e00-\u9fff]+)(?:@\S+)?(?:\s+(?P<rest>.*))?", re.IGNORECASE | re.DOTALL)
_NAMES: Final[Mapping[str, str]] = {
    "应急": "emergency",
    "状态": "status",
    "交还": "handback",
    "对账": "books",
    "锁定": "lock",
    "解锁": "unlock",
    "绑定": "bind",
    "解绑": "unbind",
    "谁": "who",
    "谁是": "whois",
    "安静": "quiet",
    "本群语言": "speak",
    "别名": "aliases",
    "通报": "notice",
    "电话": "calls",
    "部分故障": "partial",
}
_ON, _OFF = frozenset({"on", "开", "开始", "start"}), frozenset({"off", "关", "结束", "stop"})


@dataclass(frozen=True, slots=True)
class AdminDesk:
    """Serves admins; anybody else is told so once and nothing is done."""

    switch: ModeSwitch[Tx]
    #: what shown times are in
    timezone: tzinfo

    def wants(self, visit: Visit) -> bool:
        """An admin's button or one of the admin's commands."""
        if visit.message.action:
            return visit.message.action.startswith("admin:")
        command = _COMMAND.fullmatch(visit.message.text.strip())
        return command is not None and _name(command) in _SERVED

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Does what an admin asked."""
        if not visit.person.may(Role.ADMIN):
            return _not_an_admin(tx, visit)
        if visit.message.action:
            answer = self._press(tx, visit, visit.message.action.removeprefix("admin:"))
            return replace(answer, toast=answer.toast or answer.text.partition("\n")[0])
        command = _COMMAND.fullmatch(visit.message.text.strip())
        assert command is not None  # wants() saw it
        return _SERVED[_name(command)](self, tx, visit, (command["rest"] or "").strip())

    def _press(self, tx: Tx, visit: Visit, action: str) -> Answer:
        verb, _, subject = action.partition(":")
        if verb == "on":
            number, _, epoch = subject.partition(":")
            seen_epoch = whole_number(epoch)
            if number in map(str, range(len(REASONS))) and seen_epoch is not None:
                return in_place(self._enter(tx, visit, text(visit.language, REASONS[int(number)]), seen_epoch))
        if verb == "off" and (seen_epoch := whole_number(subject)) is not None:
            return in_place(self._hand_back(tx, visit, "", seen_epoch))
        if verb == "switch":
            return self._decide(tx, visit, subject)
        if verb == "alias":
            return learning.decide(tx, visit, subject)
        if verb == "notice":
            return notice_words.press(tx, visit, subject)
        if verb == "books":
            return differing_books.press(tx, visit, subject)
        return self._status(tx, visit, "")

    # Who is in charge -------------------------------------------------------------------------

    def _emergency(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        word, _, reason = rest.partition(" ")
        if word.lower() in _ON:
            if not reason.strip():
                return admin_words.ask_reason(visit.language, visit.mode)
            return self._enter(tx, visit, reason.strip(), None)
        if word.lower() in _OFF:
            return self._hand_back(tx, visit, reason.strip(), None)
        return Answer(text(visit.language, "admin_emergency_how"))

    def _handback(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        return self._hand_back(tx, visit, rest, None)

    def _enter(self, tx: Tx, visit: Visit, reason: str, seen_epoch: int | None) -> Answer:
        def enter() -> ModeState:
            return self.switch.enter_emergency(
                tx, by=visit.person.id, reason=reason[:REASON_LENGTH], now=visit.now, seen_epoch=seen_epoch
            )

        return self._switched(tx, visit, "admin_entered", enter)

    def _hand_back(self, tx: Tx, visit: Visit, reason: str, seen_epoch: int | None) -> Answer:
        words = (reason or text(visit.language, "admin_hand_back_reason"))[:REASON_LENGTH]

        def begin() -> ModeState:
            return self.switch.begin_hand_back(
                tx, by=visit.person.id, reason=words, now=visit.now, seen_epoch=seen_epoch
            )

        return self._switched(tx, visit, "admin_handing_back", begin)

    def _books(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        return differing_books.books(tx, visit, rest)

    def _decide(self, tx: Tx, visit: Visit, subject: str) -> Answer:
        """`<question>:yes|no` of a button under what the watch asked."""
        number, _, word = subject.partition(":")
        question_id = whole_number(number)
        if question_id is None or word not in ("yes", "no"):
            return self._status(tx, visit, "")
        return self._switched(
            tx,
            visit,
            "admin_decided",
            lambda: self.switch.answer(tx, question_id, switches=word == "yes", by=visit.person.id, now=visit.now),
        )

    def _lock(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        found = re.fullmatch(r"(?:(?P<minutes>\d{1,5})(?:\s+|$))?(?P<reason>.*)", rest, re.DOTALL)
        minutes = int(found["minutes"]) if found and found["minutes"] else LOCK_MINUTES
        if not 1 <= minutes <= LOCK_MINUTES_LIMIT:
            return Answer(text(visit.language, "admin_lock_how", limit=LOCK_MINUTES_LIMIT))
        reason = (found["reason"].strip() if found else "") or text(visit.language, "admin_lock_reason")
        until = visit.now + timedelta(minutes=minutes)

        def lock() -> ModeState:
            return self.switch.lock(tx, by=visit.person.id, reason=reason[:REASON_LENGTH], until=until, now=visit.now)

        return self._switched(tx, visit, "admin_locked", lock)

    def _unlock(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        reason = (rest or text(visit.language, "admin_unlock_reason"))[:REASON_LENGTH]
        return self._switched(
            tx,
            visit,
            "admin_unlocked",
            lambda: self.switch.unlock(tx, by=visit.person.id, reason=reason, now=visit.now),
        )

    def _switched(self, tx: Tx, visit: Visit, name: str, change: Callable[[], ModeState]) -> Answer:
        """Runs a change of the mode; a conflict's own words are the answer."""
        try:
            state = change()
        except ModeConflict as conflict:
            hint = f"\n{conflict.hint}" if conflict.hint else ""
            return Answer(f"{conflict}{hint}")
        warning = overview(tx, visit.now).snapshot_version is None and name == "admin_entered"
        return admin_words.switched(visit.language, name, state, self.timezone, has_no_menu=warning)

    # How things stand -------------------------------------------------------------------------

    def _status(self, tx: Tx, visit: Visit, _rest: str) -> Answer:
        answer = admin_words.status(visit.language, overview(tx, visit.now), self.timezone, visit.now)
        reached = admin_words.reach(visit.language, notice_ledger.reach_in(tx))
        lines = [answer.text, *([reached] if reached else []), *admin_words.lost(visit.language, lost_groups(tx))]
        return replace(answer, text="\n".join(lines))

    def _notice(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        return notice_words.write(tx, visit, rest)

    # Who and where ----------------------------------------------------------------------------

    def _bind(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        return binding.bind(tx, visit, rest)

    def _unbind(self, tx: Tx, visit: Visit, _rest: str) -> Answer:
        return binding.unbind(tx, visit)

    def _who(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        return who_is_who.who(tx, visit, rest)

    def _whois(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        return who_is_who.whois(tx, visit, rest)

    # How a group is spoken to -----------------------------------------------------------------

    def _quiet(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        return group_manners.quiet(tx, visit, rest)

    def _speak(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        return group_manners.speak(tx, visit, rest)

    def _partial(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        return broken_parts.partial(tx, visit, self.switch, rest)

    def _calls(self, tx: Tx, visit: Visit, rest: str) -> Answer:
        return typed_figures.calls(tx, visit, rest)

    def _aliases(self, tx: Tx, visit: Visit, _rest: str) -> Answer:
        return learning.listed(tx, visit)


def _name(command: re.Match[str]) -> str:
    name = command["name"].lower()
    return _NAMES.get(name, name)


_SERVED: Final[Mapping[str, Callable[[AdminDesk, Tx, Visit, str], Answer]]] = {
    "emergency": AdminDesk._emergency,
    "handback": AdminDesk._handback,
    "books": AdminDesk._books,
    "status": AdminDesk._status,
    "lock": AdminDesk._lock,
    "unlock": AdminDesk._unlock,
    "bind": AdminDesk._bind,
    "unbind": AdminDesk._unbind,
    "who": AdminDesk._who,
    "whois": AdminDesk._whois,
    "quiet": AdminDesk._quiet,
    "speak": AdminDesk._speak,
    "aliases": AdminDesk._aliases,
    "calls": AdminDesk._calls,
    "partial": AdminDesk._partial,
    "notice": AdminDesk._notice,
}


def _not_an_admin(tx: Tx, visit: Visit) -> Answer:
    """Says so; in words once per person and chat: the outgoing key remembers it, and the same is never said twice."""
    if visit.message.wants_toast:
        return Answer(toast=text(visit.language, "admin_only"))
    message = OutgoingMessage(
        key=Key(f"not-admin>{visit.chat.id}>{visit.person.id}"),
        chat_id=visit.chat.id,
        text=text(visit.language, "admin_only"),
        reply_to=visit.message.key,
    )
    messages.say(tx, message, visit.now)
    return SILENCE
