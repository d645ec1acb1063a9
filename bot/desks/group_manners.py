"""How the bot behaves in one group: whom it answers, and in which language. An admin says so in that group."""

from __future__ import annotations

from typing import Final

from bot.desks.desk import Answer, Visit
from core.texts import text
from fallback_store import people
from fallback_store.database import Tx

_ON: Final = frozenset({"on", "开", "开启", "是"})
_OFF: Final = frozenset({"off", "关", "关闭", "否"})
_LANGUAGES: Final = {"zh": "zh", "cn": "zh", "中文": "zh", "en": "en", "english": "en", "英文": "en"}


def quiet(tx: Tx, visit: Visit, rest: str) -> Answer:
    """`/quiet on`: nothing but mentions is answered here; `/quiet off`: whoever orders is."""
    word = rest.lower()
    if not visit.chat.is_group or word not in _ON | _OFF:
        return Answer(text(visit.language, "quiet_how"))
    people.set_quiet(tx, visit.chat.id, is_quiet=word in _ON)
    return Answer(text(visit.language, "quiet_on" if word in _ON else "quiet_off"))


def speak(tx: Tx, visit: Visit, rest: str) -> Answer:
    """`/speak en`: what everybody in this group is answered in who never chose for themselves."""
    language = _LANGUAGES.get(rest.lower())
    if not visit.chat.is_group or language is None:
        return Answer(text(visit.language, "speak_how"))
    people.set_chat_language(tx, visit.chat.id, language)
    return Answer(text(language, "speak_done"))
