"""Both languages say the same things with the same facts, and nobody is told anything vague."""

from __future__ import annotations

from string import Formatter

import pytest

from core.texts import LANGUAGES, en, text, zh

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
    assert set(zh.TEXTS) == set(en.TEXTS)


@pytest.mark.parametrize("name", sorted(set(zh.TEXTS) & set(en.TEXTS)))
def test_a_sentence_asks_for_the_same_named_facts_in_both_languages(name: str) -> None:
    wanted = placeholders(zh.TEXTS[name])
    assert wanted == placeholders(en.TEXTS[name])
    assert all(field.isidentifier() for field in wanted)


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
