"""How much room is left where the store lies."""

from __future__ import annotations

import shutil

from fallback_store.database import Store

#: Below this an operator should look, bytes.
LITTLE_BYTES = 200 * 1024**2
#: Below this nothing more may be taken, bytes.
TOO_LITTLE_BYTES = 4 * 1024**2


def free_bytes(store: Store) -> int:
    """What the store and its log may still grow by."""
    return shutil.disk_usage(store.path.absolute().parent).free
