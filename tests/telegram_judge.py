"""An independent judge of what a bot sends to Telegram and hears from the double: aiogram's models, and own checks."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

import aiogram.methods
import orjson
from aiogram.types import Update
from pydantic import BaseModel, TypeAdapter, ValidationError

from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.keyboards import ACTIONS
from drills.telegram_double.ledger import Call

_METHODS = {name.lower(): getattr(aiogram.methods, name) for name in aiogram.methods.__all__}
_MOST_LABEL, _MOST_DATA_BYTES, _MOST_IN_A_ROW, _MOST_BUTTONS = 64, 64, 8, 100


def complaints(double: TelegramDouble, *, spares_refused: bool = False) -> list[str]:
    """What is wrong with any call the double was asked, any answer it gave, any update it issued; [] = nothing.

    `spares_refused`: calls the double refused by itself are not looked at, for tests that ask for a refusal.
    """
    asked = [call for call in double.ledger.calls if call.is_ok or not spares_refused]
    calls = [complaint for call in asked for complaint in of_call(call)]
    return calls + [complaint for raw in double.world.updates.issued for complaint in of_update(orjson.loads(raw))]


def of_call(call: Call) -> list[str]:
    """What is wrong with a call's parameters, its keyboard, its answer."""
    model = _METHODS.get(call.method.lower())
    if model is None:
        return [] if call.status == 404 else [f"{call.method} is no method of the Bot API"]
    found = [*_misfits(model, call.parameters), *of_keyboard(call.parameters.get("reply_markup"))]
    if call.is_ok and call.result is not True:
        found += _misfits(model.__returning__, call.result)
    return [f"{call.method}: {complaint}" for complaint in found]


def of_update(update: Any) -> list[str]:
    """What is wrong with an update."""
    found = _misfits(Update, update)
    kinds = set(update) - {"update_id"}
    return found + ([] if len(kinds) == 1 else [f"update of {len(kinds)} kinds: {sorted(kinds)}"])


def of_keyboard(markup: Any) -> list[str]:
    """What is wrong with an inline keyboard; aiogram's models let every one of these pass."""
    if not isinstance(markup, dict) or "inline_keyboard" not in markup:
        return []
    rows = markup["inline_keyboard"]
    found = [f"a row of {len(row)} buttons" for row in rows if not 1 <= len(row) <= _MOST_IN_A_ROW]
    if sum(map(len, rows)) > _MOST_BUTTONS:
        found.append(f"{sum(map(len, rows))} buttons")
    return found + [complaint for row in rows for button in row for complaint in _of_button(button)]


def _of_button(button: dict[str, Any]) -> Iterator[str]:
    done = [action for action in ACTIONS if action in button]
    label = button.get("text", "")
    if len(done) != 1:
        yield f"button {label!r} does {done or 'nothing'}"
    if not label.strip() or len(label) > _MOST_LABEL:
        yield f"button label of {len(label)} characters: {label!r}"
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= _MOST_DATA_BYTES:
        yield f"callback data of {len(str(button['callback_data']).encode())} bytes: {button['callback_data']!r}"


@functools.cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _misfits(model: Any, value: Any) -> list[str]:
    try:
        read = _adapter(model).validate_python(value)
    except ValidationError as problem:
        return [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()]
    return [f"{path} is not in the Bot API" for path in _unknown(read, "")]


def _unknown(read: Any, path: str) -> Iterator[str]:
    """Fields the models keep without knowing them."""
    if isinstance(read, BaseModel):
        yield from (f"{path}{name}" for name in read.model_extra or ())
        for name, value in read:
            yield from _unknown(value, f"{path}{name}.")
    elif isinstance(read, Iterable) and not isinstance(read, str | bytes | dict):
        for number, value in enumerate(read):
            yield from _unknown(value, f"{path}{number}.")
