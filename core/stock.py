"""What is left of a dish: the merchant's supply, our sales, and what the two together mean."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.errors import NeedsPerson
from core.ids import ItemId, MerchantId


class StockStatus(StrEnum):
    """What the sheet's 状态 column says."""

    ON_SALE = "on_sale"
    SOLD_OUT = "sold_out"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class StockRow:
    """One dish of the stock table."""

    item_id: ItemId
    merchant_id: MerchantId
    #: portions the merchant has today; None = unlimited
    supply: int | None
    #: portions reserved by orders that were not cancelled
    sold: int
    #: the merchant stopped selling it
    is_stopped: bool
    note: str
    changed_at: datetime
    #: grows with every change
    revision: int

    @property
    def left(self) -> int | None:
        """Portions that can still be ordered; None = unlimited, never negative."""
        return None if self.supply is None else max(0, self.supply - self.sold)

    @property
    def oversold(self) -> int:
        """Portions sold beyond the supply: only possible after the merchant lowered it."""
        return 0 if self.supply is None else max(0, self.sold - self.supply)

    @property
    def status(self) -> StockStatus:
        """On sale, sold out or stopped."""
        if self.is_stopped:
            return StockStatus.STOPPED
        return StockStatus.SOLD_OUT if self.left == 0 else StockStatus.ON_SALE


class OutOfStock(NeedsPerson):
    """There is not enough of a dish."""

    def __init__(self, item_id: ItemId, left: int, *, is_stopped: bool = False) -> None:
        """`left`: portions that could still be ordered."""
        super().__init__(f"{item_id}: {left} left", hint="Order fewer, or something else.")
        self.item_id = item_id
        self.left = left
        self.is_stopped = is_stopped


class UnreadableNumber(NeedsPerson):
    """A cell that should hold a number of portions does not."""

    hint = "Write a whole number such as 50, or leave it empty for unlimited."


def read_supply(cell: str) -> int | None:
    """What a person typed into 今日供应: `50`, `５０`, `50份`, empty or `不限` = unlimited (None).

    Raises: UnreadableNumber for anything else; the last good value stays.
    """
    text = unicodedata.normalize("NFKC", cell).strip()
    if text in ("", "-", "不限", "无限", "unlimited", "∞"):
        return None
    digits = text.removesuffix("份").removesuffix(".0").strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
        raise UnreadableNumber(f"{cell[:20]!r} is not a number of portions.")
    return int(digits)
