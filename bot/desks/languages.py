"""Which language somebody is answered in: their own word, else their group's."""

from __future__ import annotations

import re
from typing import Final

from bot.desks.desk import Answer, Visit
from core.texts import text
from fallback_store import people
from fallback_store.database import Tx

_ASKED: Final = {
    "zh": re.compile(
        r"/(?:lang|语言)(?:@\S+)?\s*(?:zh|cn|中文|chinese)|(?:请?说|用|讲)中文(?:吧|谢谢)?", re.IGNORECASE
    ),
    "en": re.compile(
        r"/(?:lang|语言)(?:@\S+)?\s*(?:en|英文|english)|(?:请?说|用|讲)英[文语](?:吧|谢谢)?"
        r"|(?:please )?(?:speak|in|use) english(?: please)?[.!]?",
        re.IGNORECASE,
    ),
}

_HOW: Final = re.compile(r"/(?:lang|语言)(?:@\S+)?", re.IGNORECASE)


def chosen_in(words: str) -> str | None:
    """The language that was asked for in these words: `/lang en`, 说英文."""
    return next((language for language, asked in _ASKED.items() if asked.fullmatch(words.strip())), None)


def is_asking_how(words: str) -> bool:
    """`/lang` alone, as a menu of commands sends it."""
    return _HOW.fullmatch(words) is not None


def how() -> Answer:
    """Which languages there are, in all of them."""
    return Answer("\n".join(text(language, "language_how") for language in _ASKED))


def choose(tx: Tx, visit: Visit, language: str) -> Answer:
    """From now on this person is answered in that language, everywhere."""
    people.speak(tx, visit.person.id, visit.message.person_name, language)
    return Answer(text(language, "language_chosen"))
