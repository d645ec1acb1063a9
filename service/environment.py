"""Finds `FALLBACK_…` variables that nobody reads: a misspelt one would be a setting that silently is not set."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator

from pydantic import BaseModel

from core.settings import Settings

PREFIX = "FALLBACK_"
NESTED = "__"
#: Where the browser of the browser tests is; no setting of the service.
_NOT_SETTINGS = frozenset({"FALLBACK_CHROMIUM"})


def unread_variables(present: Iterable[str], referenced: Collection[str]) -> list[str]:
    """One mistake per variable that is neither a setting nor `referenced` as env:NAME; no value, it may be a secret."""
    known = {*_variables(Settings, PREFIX), *referenced, *_NOT_SETTINGS}
    # A variable inside a group is judged with the group: that mistake names the setting as the file would.
    groups = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    unread = (
        name
        for name in present
        if name.upper().startswith(PREFIX)
        and name not in known
        and name.upper().partition(NESTED)[0] not in groups | _NOT_SETTINGS
    )
    return [f"{name}: no setting is called so and the file does not name it{_nearest(name, known)}" for name in unread]


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name.upper(), known, n=1)
    return f"; did you mean {near[0]}?" if near else "; remove it"


def _variables(group: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in group.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _variables(inner, f"{prefix}{name.upper()}{NESTED}")
        else:
            yield f"{prefix}{name.upper()}"
