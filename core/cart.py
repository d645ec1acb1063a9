"""A cart being filled by buttons: its lines, where it goes, and what each button does to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from core.catalog import Catalog
from core.ids import ItemId
from core.reading.reading import ReadLine

#: Lines a cart holds at the most: what a message with two buttons a line can show.
LINES_LIMIT = 20
#: Characters of a note at the most.
NOTE_LENGTH = 100


@dataclass(frozen=True, slots=True)
class CartLine:
    """One dish in one way."""

    #: given once per cart: a button of an older state means this very line, or none
    number: int
    item_id: ItemId
    quantity: int
    options: tuple[str, ...] = ()

    @property
    def wanted(self) -> ReadLine:
        """As any order's line."""
        return ReadLine(self.item_id, self.quantity, self.options)


@dataclass(frozen=True, slots=True)
class Cart:
    """What a person means to order; every change returns the cart as it is then, or itself when nothing changed."""

    lines: tuple[CartLine, ...] = ()
    note: str = ""
    #: None = where the person lives
    building_id: str | None = None
    #: None = where the person lives, "" = picked up downstairs
    room: str | None = None
    #: of the menu whose names and prices it was shown with
    menu_version: str = ""
    #: grows with every change: tells whether a button was pressed under what the cart is now
    revision: int = 0
    #: the last number given to a line
    last_number: int = 0

    def line(self, number: int) -> CartLine | None:
        """The line with this number."""
        return next((line for line in self.lines if line.number == number), None)

    def count(self, item_id: str) -> int:
        """Portions of a dish, in whichever way."""
        return sum(line.quantity for line in self.lines if line.item_id == item_id)

    def add(self, item_id: ItemId, limit: int) -> Self:
        """One more portion of a dish as the menu has it; at most `limit` in one line, `LINES_LIMIT` lines."""
        plain = next((line for line in self.lines if line.item_id == item_id and not line.options), None)
        if plain is not None:
            return self.set_quantity(plain.number, plain.quantity + 1, limit)
        if len(self.lines) == LINES_LIMIT:
            return self
        number = self.last_number + 1
        lines = (*self.lines, CartLine(number, item_id, 1))
        return replace(self, lines=lines, last_number=number, revision=self.revision + 1)

    def set_quantity(self, number: int, quantity: int, limit: int) -> Self:
        """So many portions in one line, at most `limit`; none takes the line out."""
        quantity = max(0, min(quantity, limit))
        return self._with_lines(replace(line, quantity=quantity) if line.number == number else line
                                for line in self.lines)  # fmt: skip

    def toggle(self, number: int, option: str, catalog: Catalog) -> Self:
        """Chooses an option of one line, or no longer; of options that exclude each other the last one counts."""
        line = self.line(number)
        item = catalog.items.get(line.item_id) if line else None
        groups = [catalog.option_groups[name] for name in item.groups] if item else []
        group = next((group for group in groups if any(o.name == option for o in group.options)), None)
        if line is None or group is None:
            return self
        rivals = {o.name for o in group.options} if group.is_exclusive else {option}
        kept = tuple(name for name in line.options if name not in rivals)
        chosen = kept if option in line.options else (*kept, option)
        return self._with_lines(replace(each, options=chosen) if each.number == number else each for each in self.lines)

    def for_sale(self, catalog: Catalog) -> Self:
        """As this menu sells it: another menu may have other prices, so it is no longer the cart that was shown."""
        if catalog.version == self.menu_version:
            return self
        kept = tuple(line for line in self.lines if _is_sold(line, catalog))
        return replace(self, lines=kept, menu_version=catalog.version, revision=self.revision + 1)

    def going_to(self, building_id: str | None, room: str) -> Self:
        """Delivered there."""
        return replace(self, building_id=building_id, room=room, revision=self.revision + 1)

    def noting(self, note: str) -> Self:
        """With a word to the kitchen, or none."""
        return replace(self, note=" ".join(note.split())[:NOTE_LENGTH], revision=self.revision + 1)

    @property
    def wanted(self) -> tuple[ReadLine, ...]:
        """Its lines as any order's."""
        return tuple(line.wanted for line in self.lines)

    def _with_lines(self, lines: Iterable[CartLine]) -> Self:
        kept = tuple(line for line in lines if line.quantity)
        return self if kept == self.lines else replace(self, lines=kept, revision=self.revision + 1)

    def to_json(self) -> dict[str, Any]:
        """As kept in a draft."""
        return {
            "lines": [[line.number, line.item_id, line.quantity, list(line.options)] for line in self.lines],
            "note": self.note,
            "building_id": self.building_id,
            "room": self.room,
            "menu_version": self.menu_version,
            "revision": self.revision,
            "last_number": self.last_number,
        }


def cart_from_json(body: Mapping[str, Any]) -> Cart:
    """The reverse of `Cart.to_json`."""
    lines = tuple(CartLine(number, ItemId(item), count, tuple(opts)) for number, item, count, opts in body["lines"])
    return Cart(**{**body, "lines": lines})


def _is_sold(line: CartLine, catalog: Catalog) -> bool:
    item = catalog.items.get(line.item_id)
    if item is None or not catalog.merchant_by_id[item.merchant_id].is_open:
        return False
    offered = {option.name for name in item.groups for option in catalog.option_groups[name].options}
    return offered.issuperset(line.options)
