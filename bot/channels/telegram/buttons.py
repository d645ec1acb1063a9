"""Our buttons as Telegram's: what is too long for one goes by a number, what opens the private chat becomes a link."""

from __future__ import annotations

from core.chat import ButtonRows
from fallback_store import long_actions
from fallback_store.database import Store, Tx

#: Bytes a button may carry.
MOST_BYTES = 64
#: Begins what stands for a longer action.
_SHORT = "~"
#: Characters of a label that a phone shows at all.
_LONGEST_LABEL = 60


def is_short(data: str) -> bool:
    """Whether it stands for a longer action."""
    return number_of(data) is not None


def number_of(data: str) -> int | None:
    """The number it stands by; None when it means what it says."""
    number = data.removeprefix(_SHORT)
    is_number = data.startswith(_SHORT) and number.isascii() and number.isdecimal() and len(number) <= 15
    return int(number) if is_number else None


async def keyboard(store: Store, rows: ButtonRows, our_name: str) -> list[list[tuple[str, str, str]]]:
    """Rows of (label, data, address): one of the latter two is "". `our_name`: the bot's user name, for links."""
    numbers = await _numbers(store, rows)
    found = []
    for row in rows:
        line = []
        for button in row:
            label = button.label[:_LONGEST_LABEL] or "·"
            if button.starts_with is not None:
                if our_name:
                    line.append((label, "", f"https://t.me/{our_name}?start={button.starts_with}"))
            else:
                number = numbers.get(button.action)
                line.append((label, button.action if number is None else f"{_SHORT}{number}", ""))
        if line:
            found.append(line)
    return found


async def _numbers(store: Store, rows: ButtonRows) -> dict[str, int]:
    long = {b.action for row in rows for b in row if b.starts_with is None and len(b.action.encode()) > MOST_BYTES}
    if not long:
        return {}

    def unit(tx: Tx) -> dict[str, int]:
        return {action: long_actions.number(tx, action) for action in sorted(long)}

    return await store.write(unit)
