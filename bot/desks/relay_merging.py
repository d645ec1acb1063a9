"""Settling one pasted 接龙 list line by line, and the one receipt that says what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bot.desks import placing
from bot.desks.desk import Answer, Menu, Visit
from core.directory import Building
from core.ids import OrderId, PersonId, channel_of, list_entry_key
from core.last_order import last_order
from core.money import yuan
from core.order import Order, OrderLine, OrderState
from core.pickup_code import describe
from core.pricing import NotForSale, price
from core.reading.candidates import candidates, near
from core.relay_merge import NOT_FOR_SALE, SOLD_OUT, Change, LiveEntry, MergedLine, merge, missing, problems_of
from core.settings import CampusSettings
from core.stock import OutOfStock
from core.texts import text
from fallback_store import orders, relay_lists
from fallback_store.database import Tx

#: Orders shown one by one in a receipt; the rest are counted.
SHOWN = 40
#: Names offered for a word nobody understood: with more of them it is a menu.
OFFERED = 4

_WITH_WORDS_OF_THEIR_OWN = ("unknown", "ambiguous", "quantity_too_large", "quantity_invalid")


@dataclass(slots=True)
class _News:
    """What one paste changed: sentences for its receipt."""

    placed: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    #: not done, and why
    refused: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all came of it."""
        return not (self.placed or self.changed or self.refused)


class Merging:
    """One paste being merged, and the receipt that grows with it."""

    def __init__(self, tx: Tx, visit: Visit, menu: Menu, building: Building, campus: CampusSettings) -> None:
        """`campus`: whose clock a receipt names, and until when it takes orders."""
        self._tx, self._visit, self._menu, self._building = tx, visit, menu, building
        self._campus = campus
        self._news = _News()

    def answer(self) -> Answer:
        """Settles every line, then says what changed, what needs an answer and what it comes to."""
        reading, epoch = self._visit.reading, self._visit.mode.epoch
        owners, homeless = problems_of(reading.people, reading.problems, self._visit.message.text)
        live = relay_lists.entries(self._tx, epoch, self._building.id)
        merged = merge(live, reading.people, owners)
        self._settle_all([line for line in merged if line.change is not Change.SAME])
        after = relay_lists.entries(self._tx, epoch, self._building.id)
        return Answer("\n".join(self._receipt(merged, after, missing(live, merged), homeless)))

    def _settle_all(self, lines: list[MergedLine]) -> None:
        """Settles the lines; one that is short of food gets another turn after the others gave some back."""
        while lines:
            short = [(line, shortage) for line in lines if (shortage := self._settle(line))]
            if len(short) == len(lines):
                for line, shortage in short:
                    self._refuse(line, self._shortage(shortage))
                    self._remember(line, line.live.order_id if line.live else None, f"{SOLD_OUT}:{shortage.item_id}")
                return
            lines = [line for line, _ in short]

    def _settle(self, line: MergedLine) -> OutOfStock | None:
        """Does what one line asks for; returns what it is short of, and then nothing was done."""
        order_id, problem = line.live.order_id if line.live else None, line.problem
        if line.change is not Change.UNCLEAR:
            try:
                order_id = self._write(line).id
            except OutOfStock as short:
                return short
            except NotForSale as gone:
                problem = f"{NOT_FOR_SALE}:{gone.name}"
                self._refuse(line, self._say("relay_not_for_sale", item=gone.name))
            except orders.StepRefused as refused:
                self._refuse(line, too_late(self._visit, refused.order, "amend_too_late"))
        self._remember(line, order_id, problem)
        return None

    def _remember(self, line: MergedLine, order_id: OrderId | None, problem: str) -> None:
        relay_lists.settle(
            self._tx,
            self._visit.mode.epoch,
            self._building.id,
            key=line.key,
            shown_name=line.shown_name,
            wish=line.wish,
            problem=problem,
            order_id=order_id,
            now=self._visit.now,
        )

    def _write(self, line: MergedLine) -> Order:
        known = self._order_of(line.live)
        if known is None or known.state is OrderState.CANCELLED:
            return self._place(line)
        wanted = price(line.lines, self._menu.catalog)
        room = known.room if line.room is None else line.room
        if (wanted, room) == (known.lines, known.room):
            return known
        changed = orders.change_lines(
            self._tx, known, wanted, room=room, note=known.note, by=self._visit.person.id, now=self._visit.now
        )
        self._news.changed.append(self._order_line("relay_line_changed", changed, line.shown_name))
        return changed

    def _place(self, line: MergedLine) -> Order:
        visit = self._visit
        order = placing.place_order(
            self._tx,
            key=list_entry_key(visit.message.key, line.key),
            chat=visit.chat,
            building_id=self._building.id,
            person_id=PersonId(f"{channel_of(visit.chat.id)}:list/{self._building.id}/{line.key}"),
            person_name=line.shown_name,
            room=line.room or "",
            lines=line.lines,
            note="",
            menu=self._menu,
            epoch=visit.mode.epoch,
            now=visit.now,
        )
        self._news.placed.append(self._order_line("relay_line_placed", order, line.shown_name))
        return order

    def _order_of(self, live: LiveEntry | None) -> Order | None:
        order_id: OrderId | None = live.order_id if live else None
        return None if order_id is None else orders.by_id(self._tx, order_id)

    def _refuse(self, line: MergedLine, why: str) -> None:
        known = self._order_of(line.live)
        if known is not None and known.state is OrderState.PLACED:
            why = self._say("relay_stays", why=why, number=known.label)
        self._news.refused.append(self._say("relay_question", name=line.shown_name, problem=why))

    # Words ------------------------------------------------------------------------------------

    def _say(self, name: str, /, **facts: object) -> str:
        return text(self._visit.language, name, **facts)

    def _receipt(
        self,
        merged: Iterable[MergedLine],
        after: list[LiveEntry],
        gone: Iterable[LiveEntry],
        homeless: Iterable[str],
    ) -> Iterable[str]:
        news = self._news
        owed = [entry for entry in after if entry.is_owed]
        unclear = [self._unclear(line) for line in merged if line.problem]
        unclear += [self._say("relay_question_any", problem=self._problem(p)) for p in homeless]
        sums = {"count": len(owed), "total": yuan(sum(entry.total_fen for entry in owed))}
        if news.is_empty and not unclear:
            yield self._say("relay_same", building=self._building.name, **sums)
            yield self._as_of()
            return
        shown = [*news.placed, *news.changed]
        yield self._say("relay_title", building=self._building.name, placed=len(news.placed), changed=len(news.changed))
        yield from shown[:SHOWN]
        if len(shown) > SHOWN:
            yield self._say("relay_more", count=len(shown) - SHOWN)
        if questions := [*news.refused, *unclear]:
            yield self._say("relay_questions")
            yield from questions[:SHOWN]
        for entry in gone:
            number = f"{self._building.id}-{entry.number:03d}"
            yield self._say("relay_gone", name=entry.shown_name, number=number)
        place = self._building.pickup_place or self._say("pickup_downstairs", building=self._building.name)
        yield self._say("relay_total", place=place, **sums)
        yield self._as_of()

    def _as_of(self) -> str:
        """How far the receipt goes, and until when more can be added."""
        now = self._visit.now.astimezone(ZoneInfo(self._campus.timezone))
        until, is_over = last_order(self._campus.last_order, now)
        name = "relay_as_of" if not until else "relay_as_of_over" if is_over else "relay_as_of_until"
        return self._say(name, at=now.strftime("%H:%M"), until=until)

    def _order_line(self, name: str, order: Order, person: str) -> str:
        room = self._say("relay_room", room=order.room) if order.room else ""
        return self._say(
            name,
            number=order.label,
            name=person,
            items=self._items(order.lines),
            total=yuan(order.total_fen),
            room=room,
            code=describe(order.pickup_code, self._visit.language),
        )

    def _items(self, lines: Iterable[OrderLine]) -> str:
        comma = self._say("list_comma")
        return comma.join(
            self._say("relay_item", name=line.name, quantity=line.quantity)
            + (self._say("relay_options", options=comma.join(line.options)) if line.options else "")
            for line in lines
        )

    def _unclear(self, line: MergedLine) -> str:
        problem = self._say("list_comma").join(self._problem(word) for word in line.problem.split(" "))
        return self._say("relay_question", name=line.shown_name, problem=problem)

    def _problem(self, problem: str) -> str:
        kind, _, word = problem.partition(":")
        name = f"missing_{kind}" if kind in _WITH_WORDS_OF_THEIR_OWN else "relay_unclear"
        said = self._say(name, word=word, limit=self._menu.catalog.max_quantity)
        offered = _offered(kind, word, self._menu)
        return self._say("relay_or", problem=said, names=self._say("list_comma").join(offered)) if offered else said

    def _shortage(self, short: OutOfStock) -> str:
        item = self._menu.catalog.items[short.item_id].name
        return self._say("relay_short" if short.left else "relay_sold_out", item=item, left=short.left)


def _offered(kind: str, word: str, menu: Menu) -> tuple[str, ...]:
    """Names to write instead of a word that was unknown or meant several things; none when it is like nothing."""
    index = menu.index
    found = candidates(word, index) if kind == "ambiguous" else near(word, index) if kind == "unknown" else ()
    if len(found) > OFFERED:
        return ()
    if len({item.name for item in found}) == len(found):
        return tuple(item.name for item in found)
    return tuple(f"{menu.catalog.merchant_by_id[item.merchant_id].name}{item.name}" for item in found)


def too_late(visit: Visit, order: Order, name: str) -> str:
    """What is said when an order has gone too far, with how far."""
    state = text(visit.language, f"state_{order.state.value}")
    return text(visit.language, name, number=order.label, state=state)
