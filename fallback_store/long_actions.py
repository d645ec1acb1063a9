"""What a button stands for when its action is longer than a vendor lets a button carry."""

from __future__ import annotations

from collections.abc import Sequence

from fallback_store.database import Store, Tx


def number(tx: Tx, action: str) -> int:
    """The number that stands for an action from now on; the same action keeps its number."""
    tx.execute("INSERT INTO long_actions (action) VALUES (?) ON CONFLICT (action) DO NOTHING", (action,))
    (found,) = tx.execute("SELECT id FROM long_actions WHERE action = ?", (action,)).fetchone()
    return int(found)


async def actions(store: Store, numbers: Sequence[int]) -> dict[int, str]:
    """Action by number; a number nobody was given is not among them."""
    marks = {f"n{place}": number for place, number in enumerate(numbers)}
    names = ", ".join(f":{name}" for name in marks)
    rows = await store.read_all(f"SELECT id, action FROM long_actions WHERE id IN ({names})", dict(marks))
    return {row[0]: row[1] for row in rows}
