"""The pinned board of every building's group: who takes orders, what there is, how to order, how far we are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from hashlib import blake2b

from bot.private_link import private_link
from core.catalog import Catalog, Item
from core.chat import ButtonRows, Chat
from core.directory import Building
from core.ids import BuildingId, ItemId, order_number
from core.mode import Mode, ModeState
from core.money import yuan
from core.ports import Clock
from core.texts import text
from fallback_store import boards, catalog_snapshots, incident_log, people, stock
from fallback_store.database import Store, Tx

#: Merchants on a board, and dishes of each: what a phone shows of a pinned message.
MERCHANTS_SHOWN = 12
DISHES_SHOWN = 4
#: What is left is told from here down: a board that counts every portion changes with every order.
FEW_LEFT = 10
#: Sold-out dishes named at the most.
SOLD_OUT_SHOWN = 8
#: The last order numbers shown.
NUMBERS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class BoardRules:
    """What every board needs to know about this campus."""

    #: what shown times are in
    timezone: tzinfo
    #: where students order while the primary is in charge; "" = not told
    order_url: str = ""
    #: seconds between two looks
    every_s: float = 5.0
    #: seconds between two notices of one outage, so that a board can say when the next comes; 0 = not told
    notice_every_s: float = 0.0


class Boards:
    """Keeps the boards true until cancelled."""

    def __init__(self, store: Store, clock: Clock, rules: BoardRules) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._snapshot_id: int | None = None
        self._catalog: Catalog | None = None

    async def run(self) -> None:
        """Looks after every change, at most every `every_s` seconds: the newest state of a board wins."""
        while True:
            seen = self._store.revision
            await self.refresh()
            # Our own commit is no news: whatever else came in the meantime moved the revision further.
            if self._store.revision <= seen + 1:
                await self._store.wait_change(self._store.revision)
            await self._clock.sleep(self._rules.every_s)

    async def refresh(self) -> int:
        """Brings every board up to date now; returns how many changed."""
        newest = await catalog_snapshots.newest_id(self._store)
        if newest != self._snapshot_id:
            snapshot = await catalog_snapshots.latest(self._store)
            self._catalog = snapshot.catalog if snapshot else None
            self._snapshot_id = newest
        now, catalog = self._clock.now(), self._catalog
        return await self._store.write(lambda tx: refresh_boards(tx, now, catalog=catalog, rules=self._rules))


def refresh_boards(tx: Tx, now: datetime, *, catalog: Catalog | None, rules: BoardRules) -> int:
    """Queues the board of every building whose board would change; returns how many that were.

    While the primary takes the orders a group without a board is left in peace.
    """
    mode = incident_log.current(tx, now)
    board = _Board(tx, now, mode, catalog, rules)
    changed = 0
    for chat in people.groups(tx):
        last = boards.last_digest(tx, chat.id, now)
        if last is None and mode.mode not in (Mode.EMERGENCY, Mode.HANDING_BACK):
            continue
        words, buttons = board.words(chat)
        digest = blake2b(f"{words}\x00{buttons}".encode(), digest_size=8).hexdigest()
        if digest != last:
            boards.say(tx, chat.id, f"{words}\n{board.as_of(chat.language)}", buttons, digest, now)
            changed += 1
    return changed


class _Board:
    """What all boards of one moment share, worked out once per language."""

    def __init__(self, tx: Tx, now: datetime, mode: ModeState, catalog: Catalog | None, rules: BoardRules) -> None:
        self._now, self._mode, self._catalog, self._rules = now, mode, catalog, rules
        self._buildings = {building.id: building for building in people.buildings_in(tx)}
        self._numbers = boards.last_numbers(tx, mode.epoch)
        self._skipped = boards.skipped_numbers(tx, mode.epoch)
        self._confirmed_at = catalog_snapshots.confirmed_at(tx)
        self._left = stock.left_of(tx, catalog.items) if catalog and mode.mode is Mode.EMERGENCY else {}
        self._menus: dict[str, str] = {}
        self._next_notice_at = _next_notice(tx, now, rules)

    def words(self, chat: Chat) -> tuple[str, ButtonRows]:
        """What a building's board says, and its buttons; everything but the time of day."""
        language = chat.language
        assert chat.building_id is not None  # people.groups() returns only groups of a building
        building = self._buildings[chat.building_id]
        link = f" {self._rules.order_url} " if self._rules.order_url else ""
        title = text(language, f"board_{self._mode.mode.value}", building=building.name, link=link)
        if self._mode.mode not in (Mode.EMERGENCY, Mode.HANDING_BACK):
            return title, ()
        orders = f"{self._orders(language, building)}{self._next_notice(language)}"
        if self._mode.mode is Mode.HANDING_BACK:
            return f"{title}\n{orders}", ()
        if self._catalog is None:
            return f"{title}\n{text(language, 'no_menu')}", ()
        if language not in self._menus:
            self._menus[language] = menu_text(language, self._catalog, self._left)
        how = text(language, "board_how", example=self._example(language, self._catalog))
        buttons = ((private_link(language, building.id),),)
        return f"{title}\n{how}\n\n{self._menus[language]}\n\n{orders}", buttons

    def as_of(self, language: str) -> str:
        """When this board was written, and how old its menu is."""
        written = self._clock_text(self._now)
        if self._confirmed_at is None:
            return text(language, "board_as_of", time=written)
        return text(language, "board_as_of_menu", time=written, menu=self._clock_text(self._confirmed_at))

    def _orders(self, language: str, building: Building) -> str:
        last = self._numbers.get(building.id, 0)
        count = max(0, last - self._skipped)
        place = building.pickup_place or text(language, "pickup_downstairs", building=building.name)
        if not count:
            return text(language, "board_no_orders", place=place)
        return text(language, "board_orders", count=count, numbers=_newest(language, building.id, last), place=place)

    def _next_notice(self, language: str) -> str:
        if self._next_notice_at is None:
            return ""
        return text(language, "board_next_notice", time=self._clock_text(self._next_notice_at))

    def _example(self, language: str, catalog: Catalog) -> str:
        sold = (item for item in catalog.items.values() if self._left.get(item.id, 0) != 0)
        first = next(sold, None)
        return text(language, "example_order", name=first.name) if first else text(language, "example_no_menu")

    def _clock_text(self, moment: datetime) -> str:
        local, today = moment.astimezone(self._rules.timezone), self._now.astimezone(self._rules.timezone)
        return local.strftime("%H:%M" if local.date() == today.date() else "%m-%d %H:%M")


def _next_notice(tx: Tx, now: datetime, rules: BoardRules) -> datetime | None:
    """When this outage is told about next; None when there is none, or the notice is due."""
    incident = incident_log.open_one(tx) if rules.notice_every_s else None
    if incident is None or incident.noticed_at is None:
        return None
    due = incident.noticed_at + timedelta(seconds=rules.notice_every_s)
    return due if due > now else None


def menu_text(language: str, catalog: Catalog, left: Mapping[ItemId, int | None]) -> str:
    """The menu in a few lines: a few dishes of each open merchant, what is nearly gone, what is gone.

    `left`: portions left by item, None = unlimited; an item that is not in it cannot be ordered.
    """
    opened = [merchant for merchant in catalog.merchants if merchant.is_open]
    lines = [_merchant_line(language, merchant.name, merchant.items, left) for merchant in opened[:MERCHANTS_SHOWN]]
    if len(opened) > MERCHANTS_SHOWN:
        lines.append(text(language, "board_more_merchants", count=len(opened) - MERCHANTS_SHOWN))
    gone = [item.name for merchant in opened for item in merchant.items if left.get(item.id, 0) == 0]
    if gone:
        names = text(language, "list_comma").join(dict.fromkeys(gone[:SOLD_OUT_SHOWN]))
        rest = text(language, "board_and_more", count=len(gone) - SOLD_OUT_SHOWN) if len(gone) > SOLD_OUT_SHOWN else ""
        lines.append(text(language, "board_sold_out", names=names, rest=rest))
    return "\n".join(lines)


def _merchant_line(language: str, name: str, items: Sequence[Item], left: Mapping[ItemId, int | None]) -> str:
    offered = [item for item in items if left.get(item.id, 0) != 0]
    if not offered:
        return text(language, "board_merchant_empty", merchant=name)
    dishes = [_dish(language, item, left[item.id]) for item in offered[:DISHES_SHOWN]]
    if len(offered) > DISHES_SHOWN:
        dishes.append(text(language, "board_more_dishes", count=len(offered) - DISHES_SHOWN))
    return text(language, "board_merchant", merchant=name, dishes=text(language, "list_comma").join(dishes))


def _dish(language: str, item: Item, left: int | None) -> str:
    is_scarce = left is not None and left <= FEW_LEFT
    return text(
        language, "board_dish_few" if is_scarce else "board_dish", name=item.name, price=yuan(item.price_fen), left=left
    )


def _newest(language: str, building_id: BuildingId, last: int) -> str:
    numbers = range(max(1, last - NUMBERS_SHOWN + 1), last + 1)
    return text(language, "list_comma").join(order_number(building_id, number) for number in numbers)
