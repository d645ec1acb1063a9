"""How the service treats the interpreter it lives in: what it does without, and how often it looks for garbage."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects between two looks for garbage. A batch of 500 events is thousands at once, and none of them is garbage.
_GARBAGE_AFTER = 20_000


@contextmanager
def without(*libraries: str) -> Iterator[None]:
    """What is imported in here finds these libraries missing, and does without where it can."""
    hidden = [library for library in libraries if library not in sys.modules]
    missing: dict[str, None] = dict.fromkeys(hidden)
    sys.modules.update(missing)  # type: ignore[arg-type]  # None: whoever imports it is told that it is not there
    try:
        yield
    finally:
        for library in hidden:
            del sys.modules[library]


def look_for_garbage_less_often() -> None:
    """What stands by now stays for good and is not looked through again; what is new, every 20,000 objects."""
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER)
