"""Both languages say the same things with the same facts, and nobody is told anything vague."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from string import Formatter

import pytest

import core.texts
from core.texts import LANGUAGES, text

CHINESE, ENGLISH = LANGUAGES["zh"], LANGUAGES["en"]

VAGUE = (
    "技术问题",
    "技术原因",
    "系统升级",
    "稍后再试",
    "网络原因",
    "technical issue",
    "technical difficult",
    "try again later",
)


def placeholders(template: str) -> set[str]:
    """The facts a template asks for."""
    return {field for _, field, _, _ in Formatter().parse(template) if field is not None}


def test_both_languages_have_the_same_sentences() -> None:
    assert set(CHINESE) == set(ENGLISH)


@pytest.mark.parametrize("name", sorted(set(CHINESE) & set(ENGLISH)))
def test_a_sentence_asks_for_the_same_named_facts_in_both_languages(name: str) -> None:
    wanted = placeholders(CHINESE[name])
    assert wanted == placeholders(ENGLISH[name])
    assert all(field.isidentifier() for field in wanted)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_name_stands_for_two_sentences(language: str) -> None:
    rooms = [name for _, name, _ in iter_modules(core.texts.__path__) if name.split("_")[0] == language]
    defined = [name for room in rooms for name in import_module(f"core.texts.{room}").TEXTS]
    assert len(rooms) > 1
    assert sorted(defined) == sorted(LANGUAGES[language])


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_sentence_is_empty_or_vague(language: str) -> None:
    for name, template in LANGUAGES[language].items():
        assert template.strip(), name
        assert not [word for word in VAGUE if word in template.lower()], name


def test_facts_are_filled_in_and_kept_as_they_are() -> None:
    assert text("en", "ago_minutes", count="{7}") == "{7} min ago"


def test_an_unknown_language_is_answered_in_chinese() -> None:
    assert text("fr", "ago_minutes", count=3) == text("zh", "ago_minutes", count=3) == "3 分钟前"


def test_a_missing_fact_or_sentence_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        text("zh", "ago_minutes")
    with pytest.raises(KeyError):
        text("zh", "no_such_sentence")
