"""The table of sounds says what pypinyin says, and no word is heard differently for it."""

from __future__ import annotations

from core.reading.sounds import ears, full_pinyin, initials, sound_alike, sounds_of
from tests.core.reading import sounds_from_pypinyin


def test_the_table_is_as_pypinyin_has_it() -> None:
    assert sounds_from_pypinyin.PATH.read_text(encoding="utf-8") == sounds_from_pypinyin.written()


def test_every_character_sounds_as_pypinyin_says() -> None:
    for char in "〇乐血行重黄焖鸡宁柠嗯兙龥鿿aZ7，。 ー":
        assert sounds_of(char) == sounds_from_pypinyin.sounds_of(char), char


def test_a_character_without_a_sound_is_its_own() -> None:
    assert [sounds_of(char) for char in ("a", "，", "\U0001f35c", "\u4dff")] == [
        ("a",), ("，",), ("\U0001f35c",), ("\u4dff",)
    ]  # fmt: skip


def test_words_are_spelt_and_heard() -> None:
    assert (full_pinyin("黄焖鸡"), initials("黄焖鸡")) == ("huangmenji", "hmj")
    assert ears("宁檬水") == ears("柠檬水")
    assert sound_alike("乐", "月")
    assert not sound_alike("乐", "水")
