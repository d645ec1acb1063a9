"""What merchants and admins must hear about stock: less supplied than sold, a cell of the sheet nobody can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from core.chat import OutgoingMessage, Priority, Role
from core.ids import ChatId, Key, MerchantId, private_chat_of
from core.sheet import HUMAN, HumanField
from core.stock import StockRow
from core.texts import text
from core.times import to_ms
from fallback_store import incident_log, messages, people
from fallback_store.database import Tx

#: The same cell is spoken about again after this long, if somebody puts the same nonsense into it again.
AGAIN_MS = 30 * 60 * 1000
_COLUMNS = {field: column for column, field in HUMAN.items()}


def tell_conflict(
    tx: Tx, row: StockRow, dish: str, now: datetime, *, language: str, besides: ChatId | None = None
) -> None:
    """Less was supplied than is sold already: the merchant's people and the admins hear it once per pair of numbers.

    `language`: of whoever never said theirs; `besides`: a chat that is told anyway.
    """
    key = f"stock-conflict:{row.item_id}:{row.supply}:{row.sold}:{to_ms(now) // AGAIN_MS}"

    def said(spoken: str) -> str:
        return text(spoken, "stock_conflict", dish=dish, supply=row.supply, sold=row.sold, count=row.oversold)

    _tell_merchant(tx, row.merchant_id, key, said, now, language=language, besides=besides)
    incident_log.tell_admins(tx, key, said, now, incident_id=None, language=language)


def tell_unreadable(tx: Tx, row: StockRow, dish: str, why: str, now: datetime, *, language: str) -> None:
    """A cell of the sheet means nothing: the merchant's people hear which, and that nothing was changed."""
    key = f"stock-unreadable:{row.item_id}:{why}:{to_ms(now) // AGAIN_MS}"

    def said(spoken: str) -> str:
        return text(spoken, "stock_unreadable", dish=dish, why=why)

    _tell_merchant(tx, row.merchant_id, key, said, now, language=language)


def tell_doubtful(
    tx: Tx, row: StockRow, dish: str, fields: Sequence[HumanField], now: datetime, *, language: str
) -> bool:
    """An edit in the sheet may be gone: the merchant's people hear what counts now, so that they can put it right.

    Returns whether anybody has a new message about it.
    """
    # An edit that is gone changes nothing in the row: only the moment tells the next one from it.
    key = f"stock-doubtful:{row.item_id}:{','.join(fields)}:{to_ms(now)}"

    def said(spoken: str) -> str:
        parts = [f"{text(spoken, f'sheet_column_{_COLUMNS[field]}')} {_value(row, field, spoken)}" for field in fields]
        return text(spoken, "stock_doubtful", dish=dish, now=text(spoken, "list_comma").join(parts))

    return _tell_merchant(tx, row.merchant_id, key, said, now, language=language)


def _value(row: StockRow, field: HumanField, spoken: str) -> str:
    match field:
        case "supply":
            return text(spoken, "sheet_unlimited") if row.supply is None else str(row.supply)
        case "is_stopped":
            return text(spoken, f"sheet_status_{row.status.value}")
        case "note":
            return row.note or "—"


def _tell_merchant(
    tx: Tx,
    merchant_id: MerchantId,
    key: str,
    said: Callable[[str], str],
    now: datetime,
    *,
    language: str,
    besides: ChatId | None = None,
) -> bool:
    is_new = False
    for person_id in people.people_with(tx, Role.MERCHANT, merchant_id):
        chat_id = private_chat_of(person_id)
        if chat_id == besides:
            continue
        spoken = people.chat(tx, chat_id, is_group=False, language=language).language
        message = OutgoingMessage(
            key=Key(f"{key}:{chat_id}"), chat_id=chat_id, text=said(spoken), priority=Priority.NOTICE
        )
        is_new |= messages.say(tx, message, now)
    return is_new
