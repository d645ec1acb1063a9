"""Who changed something, as people call them: a person by their id, a part of ours by its name."""

from __future__ import annotations

from core.texts import LANGUAGES, text


def author(language: str, by: str) -> str:
    """`by`: a person's id, or what a part of ours signs with (`watch`, `hand-back`, `console`, …); "" = nobody."""
    name = f"who_{by or 'nobody'}"
    return text(language, name) if name in LANGUAGES.get(language, {}) else by
