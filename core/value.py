"""Frozen values made several times a message: the type checker keeps them frozen, at no price while it runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ("value",)

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(*, frozen: bool, **options: Any) -> Callable[[type], type]:
        """`dataclasses.dataclass` for a frozen value, compared and hashed by what it holds.

        The library's own frozen classes store every field through `object.__setattr__`: of what an order costs, that
        was a tenth. `make check` refuses every assignment to a field, as it does for those.
        """
        if not frozen:
            raise TypeError("value() is for frozen values; use dataclasses.dataclass")
        return dataclasses.dataclass(unsafe_hash=True, **options)
