"""Every sentence people see, by name and language; the desks and the watch say nothing that is not written here."""

from __future__ import annotations

from collections.abc import Mapping

from core.texts import (
    en,
    en_books,
    en_crew,
    en_pages,
    en_sheet,
    en_switch,
    en_telegram,
    en_watch,
    en_wechat,
    zh,
    zh_books,
    zh_crew,
    zh_pages,
    zh_sheet,
    zh_switch,
    zh_telegram,
    zh_watch,
    zh_wechat,
)

LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "zh": {
        **zh.TEXTS,
        **zh_books.TEXTS,
        **zh_crew.TEXTS,
        **zh_pages.TEXTS,
        **zh_sheet.TEXTS,
        **zh_switch.TEXTS,
        **zh_telegram.TEXTS,
        **zh_watch.TEXTS,
        **zh_wechat.TEXTS,
    },
    "en": {
        **en.TEXTS,
        **en_books.TEXTS,
        **en_crew.TEXTS,
        **en_pages.TEXTS,
        **en_sheet.TEXTS,
        **en_switch.TEXTS,
        **en_telegram.TEXTS,
        **en_watch.TEXTS,
        **en_wechat.TEXTS,
    },
}
DEFAULT_LANGUAGE = "zh"
"""Spoken wherever a chat's language is unknown to us."""


def text(language: str, name: str, /, **facts: object) -> str:
    """The sentence called `name` with its facts filled in; an unknown language gets the default one.

    Raises: KeyError when there is no such sentence or a fact is missing: a mistake of ours, found by the tests.
    """
    return LANGUAGES.get(language, LANGUAGES[DEFAULT_LANGUAGE])[name].format_map(facts)
