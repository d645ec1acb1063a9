"""Lines while they are being understood: an item or an unknown name with the numbers and wishes that go with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.reading.entry import Senses
from core.reading.menu_index import MenuIndex
from core.reading.quantities import Quantity, settled_count


@dataclass(slots=True)
class Wish:
    """An option asked for, not yet tied to an item's own list."""

    senses: Senses
    start: int
    end: int
    #: it was said to correct an earlier one
    corrects: bool = False


@dataclass(slots=True)
class Portion:
    """Part of a line's number with wishes of its own: 一杯去冰."""

    quantity: Quantity
    wishes: list[Wish] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Draft:
    """One named thing and all that was said about it."""

    start: int
    end: int
    #: places of the items it may be; empty for an unknown name
    items: tuple[int, ...]
    #: the name is only part of several items' names
    is_vague: bool = False
    #: only part of the one item's name was said
    is_part: bool = False
    quantity: Quantity | None = None
    wishes: list[Wish] = field(default_factory=list)
    portions: list[Portion] = field(default_factory=list)
    #: merchants named beside it
    merchants: tuple[str, ...] = ()
    #: which statement of the message it stands in
    clause: int = 0

    @property
    def is_unknown(self) -> bool:
        """Nothing on the menu is called so."""
        return not self.items and not self.is_vague

    def accepts(self, senses: Senses, index: MenuIndex) -> bool:
        """Whether any item it may be has such an option."""
        return any(index.option_for(index.items[place], senses) for place in self.items)


@dataclass(frozen=True, slots=True)
class Share:
    """A number of one item with the same wishes, ready to become a line."""

    count: int | None
    wishes: tuple[Wish, ...]


def shares(draft: Draft, item_units: tuple[str, ...]) -> list[Share]:
    """A draft's number divided among its portions: 两杯, 一杯去冰 → one with the wish and one without."""
    main = 1 if draft.quantity is None else settled_count(draft.quantity, item_units)
    if not draft.portions:
        return [Share(main, tuple(draft.wishes))]
    counts = [_portion_count(p.quantity, main, item_units) for p in draft.portions]
    found = [Share(n, (*draft.wishes, *p.wishes)) for n, p in zip(counts, draft.portions, strict=True)]
    if draft.quantity is None or main is None or None in counts:
        return found
    said = sum(n for n in counts if n is not None)
    if main == 1 or said > main:  # 一杯热的，一杯冰的: no part of the first number but more of the same
        others = zip(counts, draft.portions, strict=True)
        return [Share(main, tuple(draft.wishes)), *(Share(n, tuple(p.wishes)) for n, p in others)]
    rest = main - said
    return [*found, Share(rest, tuple(draft.wishes))] if rest > 0 else found


def _portion_count(quantity: Quantity, main: int | None, item_units: tuple[str, ...]) -> int | None:
    """Half of an even number is a number: 四杯，一半去冰."""
    if quantity.is_half:
        return main // 2 if main is not None and main % 2 == 0 else None
    return settled_count(quantity, item_units)


def mentioned_before(draft: Draft, drafts: list[Draft]) -> Draft | None:
    """美式、拿铁各两杯，拿铁要热的: an item named again without a number only says more about the first mention."""
    if draft.quantity is not None or draft.portions or draft.is_vague or not draft.items:
        return None
    for twin in reversed(drafts):
        if twin.items == draft.items and twin.quantity is not None and not twin.is_vague:
            return twin
    return None


def is_narrower(draft: Draft, last: list[Draft], index: MenuIndex) -> bool:
    """Whether it says more exactly what the draft before it named, and brings no number of its own."""
    if not last or draft.quantity is not None or last[0].is_unknown or last[0].is_vague:
        return False
    names = {name for place in last[0].items for name in (index.items[place].name, *index.items[place].aliases)}
    longer = {name for place in draft.items for name in (index.items[place].name, *index.items[place].aliases)}
    return any(short in name for short in names for name in longer)


def narrow_by_kind(draft: Draft, old: Draft, index: MenuIndex) -> None:
    """鲜虾肠粉换成牛肉的: of all with 牛肉 in their name, the one that is a 肠粉 too."""
    kinds = {index.items[place].name[-2:] for place in old.items}
    same_kind = tuple(place for place in draft.items if index.items[place].name[-2:] in kinds)
    if len(same_kind) == 1:
        draft.items, draft.is_vague = same_kind, False
