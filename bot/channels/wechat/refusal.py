"""What a refused secret means: nothing can be said until somebody mends it, and the admins know."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from bot.channels.wechat.access_tokens import REFUSED_FOR_S, AccessRefused
from core.errors import ChannelDown, FallbackError, StoreFull, StoreNotNow
from fallback_store.database import Store, Tx

TellAdmin = Callable[[Tx, FallbackError], None]
"""Explains a trouble to the admins, inside a unit of work; the same one is told once in a while."""


def not_stored(problem: StoreNotNow) -> str:
    """The name of the text that tells a person so."""
    return "page_store_full" if isinstance(problem, StoreFull) else "page_store_busy"


async def told(store: Store, tell_admin: TellAdmin, refused: AccessRefused) -> ChannelDown:
    """Tells the admins; returns what the sender has to know: every chat waits, and nothing is lost."""
    with contextlib.suppress(StoreNotNow):  # the trouble stays, and is told once it can be
        await store.write(lambda tx: tell_admin(tx, refused))
    return ChannelDown(str(refused), hint=refused.hint, retry_after_s=REFUSED_FOR_S)
