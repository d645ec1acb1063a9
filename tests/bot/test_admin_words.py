"""What an admin reads of lost groups, in the admin's own language and its punctuation."""

from __future__ import annotations

from bot.desks.admin_words import lost
from fallback_store.chat_changes import LostGroup

GROUPS = [LostGroup("Block 12", "Dinner 12", "kicked"), LostGroup("Block 7", "Dinner 7", "kicked")]


def test_an_english_admin_reads_which_groups_hear_nothing_in_english() -> None:
    (line,) = lost("en", GROUPS)
    assert "Block 12 (Dinner 12), Block 7 (Dinner 7)" in line


def test_a_chinese_admin_reads_it_in_chinese() -> None:
    (line,) = lost("zh", GROUPS)
    assert "Block 12（Dinner 12）、Block 7（Dinner 7）" in line
