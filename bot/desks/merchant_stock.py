"""A kitchen's stock by chat: sold out, back again, so many portions; the dish is found or asked, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.desks.desk import Answer, Visit
from core.catalog import Item, Merchant
from core.chat import Button
from core.dish_search import find_dish
from core.ids import ItemId, Key, whole_number
from core.mode import Mode
from core.stock import StockRow, UnreadableNumber, read_supply
from core.texts import text
from fallback_store import stock
from fallback_store.database import Tx
from fallback_store.stock_news import tell_conflict

#: A vendor's limit for what a button may carry, in bytes.
ACTION_LIMIT = 64
#: Dishes named in one message.
DISHES_AT_ONCE = 20

_STOP = re.compile(r"/?(?:停售|售罄|卖完了?|sold ?out|stop)\s*[:：]?\s*(?P<dishes>\S.*)", re.IGNORECASE)
_RESUME = re.compile(r"/?(?:恢复|开卖|又有了|resume|back)\s*[:：]?\s*(?P<dishes>\S.*)", re.IGNORECASE)
_AMOUNT = re.compile(
    r"/?(?P<verb>库存|供应|stock|剩余?|left)\s*[:：]?\s*(?P<dish>\S.*?)\s*(?P<amount>[0-9０-９]{1,6}\s*份?|不限|无限|unlimited)",
    re.IGNORECASE,
)
_ASK = re.compile(r"/?(?:库存|stock)(?:\s+(?P<dish>\S.*))?", re.IGNORECASE)
_SEPARATORS = re.compile(r"[,，、;；/]|\s+和\s+|\s+and\s+")


@dataclass(frozen=True, slots=True)
class _Change:
    """What to do with a dish."""

    #: stop, resume, supply or left; the name in its buttons
    verb: str
    #: portions; None = unlimited
    amount: int | None = None

    @property
    def words(self) -> str:
        """As it stands in a button's action."""
        return f"{self.verb}:" if self.verb in ("stop", "resume") else f"{self.verb}:{self.amount or ''}"


def wants(words: str) -> bool:
    """Whether a merchant's words are about stock."""
    return any(pattern.fullmatch(words) for pattern in (_STOP, _RESUME, _AMOUNT, _ASK))


def serve(tx: Tx, visit: Visit, mine: list[Merchant], words: str) -> Answer | None:
    """Does what the words say about stock; None when they say nothing about it."""
    if stop := _STOP.fullmatch(words):
        return _each(tx, visit, mine, _Change("stop"), stop["dishes"])
    if resume := _RESUME.fullmatch(words):
        return _each(tx, visit, mine, _Change("resume"), resume["dishes"])
    asked = _ASK.fullmatch(words)
    if asked and asked["dish"] and find_dish(asked["dish"], _dishes(mine)).item:
        return _show(tx, visit, mine, asked["dish"])  # a dish whose name ends in a number
    if amount := _AMOUNT.fullmatch(words):
        verb = "left" if amount["verb"].lower() in ("剩", "剩余", "left") else "supply"
        try:
            change = _Change(verb, read_supply(amount["amount"]))
        except UnreadableNumber:
            return Answer(text(visit.language, "merchant_bad_number", words=amount["amount"]))
        return _each(tx, visit, mine, change, amount["dish"])
    return _show(tx, visit, mine, asked["dish"] or "") if asked else None


def press(tx: Tx, visit: Visit, mine: list[Merchant], verb: str, subject: str) -> Answer | None:
    """A dish chosen under a question."""
    amount, _, item_id = subject.partition(":")
    item = next((item for item in _dishes(mine) if item.id == item_id), None)
    if verb not in ("stop", "resume", "supply", "left") or item is None or (amount and whole_number(amount) is None):
        return None
    return Answer(_apply(tx, visit, item, _Change(verb, whole_number(amount)), visit.message.key))


def _each(tx: Tx, visit: Visit, mine: list[Merchant], change: _Change, said: str) -> Answer:
    items = _dishes(mine)
    whole = find_dish(said, items)
    # A name may contain a separator of its own: the whole is tried before its parts.
    names = [said] if whole.item else [part.strip() for part in _SEPARATORS.split(said) if part.strip()]
    lines, rows = list[str](), list[tuple[Button, ...]]()
    for n, name in enumerate(names[:DISHES_AT_ONCE]):
        found = find_dish(name, items)
        if found.item is not None:
            lines.append(_apply(tx, visit, found.item, change, Key(f"{visit.message.key}:{n}")))
            continue
        question = "merchant_which" if found.candidates else "merchant_unknown_dish"
        lines.append(text(visit.language, question, word=name, names=_named(visit, found.candidates)))
        rows += [(Button(item.name, f"merchant:{change.words}:{item.id}"),) for item in found.candidates]
    return Answer("\n".join(lines), tuple(row for row in rows if len(row[0].action.encode()) <= ACTION_LIMIT))


def _dishes(mine: list[Merchant]) -> list[Item]:
    return [item for merchant in mine for item in merchant.items]


def _named(visit: Visit, items: tuple[Item, ...]) -> str:
    return text(visit.language, "list_comma").join(item.name for item in items)


def _apply(tx: Tx, visit: Visit, item: Item, change: _Change, key: Key) -> str:
    row = stock.row(tx, item.id)
    if row is None:
        return text(visit.language, "merchant_unknown_dish", word=item.name)
    if change.verb in ("stop", "resume"):
        _edit(tx, visit, item.id, "is_stopped", int(change.verb == "stop"), key)
    else:
        amount = change.amount
        if change.verb == "left" and amount is not None:
            amount += row.sold
        _edit(tx, visit, item.id, "supply", amount, key)
    after = stock.row(tx, item.id)
    assert after is not None
    if after.oversold and change.verb in ("supply", "left"):
        tell_conflict(tx, after, item.name, visit.now, language=visit.language, besides=visit.chat.id)
    line = _state(visit, item, after, title=f"merchant_did_{change.verb}")
    # While the primary takes the orders its own numbers come back with the next snapshot.
    is_ours = visit.mode.mode in (Mode.EMERGENCY, Mode.HANDING_BACK)
    return line if is_ours else line + text(visit.language, "merchant_platform_leads")


def _edit(tx: Tx, visit: Visit, item_id: ItemId, field: stock.Field, value: int | None, key: Key) -> None:
    stock.edit(tx, item_id, field, value, by=visit.person.id, source="chat", now=visit.now, key=key)


def _show(tx: Tx, visit: Visit, mine: list[Merchant], said: str) -> Answer:
    items = _dishes(mine)
    if said:
        found = find_dish(said, items)
        if found.item is None:
            name = "merchant_which" if found.candidates else "merchant_unknown_dish"
            return Answer(text(visit.language, name, word=said, names=_named(visit, found.candidates)))
        items = [found.item]
    rows = [(item, stock.row(tx, item.id)) for item in items]
    lines = [_state(visit, item, row, title="merchant_dish") for item, row in rows if row is not None]
    return Answer("\n".join(lines) or text(visit.language, "merchant_no_menu"))


def _state(visit: Visit, item: Item, row: StockRow, *, title: str) -> str:
    language = visit.language
    unlimited = text(language, "merchant_unlimited")
    line = text(
        language,
        title,
        name=item.name,
        supply=unlimited if row.supply is None else row.supply,
        sold=row.sold,
        left=unlimited if row.left is None else row.left,
        state=text(language, f"merchant_{row.status.value}"),
    )
    return line + (text(language, "merchant_oversold", count=row.oversold) if row.oversold else "")
