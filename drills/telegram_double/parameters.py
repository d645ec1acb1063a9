"""One call's parameters, as forms, multipart and JSON bring them; read one by one with the vendor's complaints."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request

from drills.telegram_double.refusals import bad_request
from drills.telegram_double.values import Json

#: what clients put into forms as JSON
_JSON = frozenset((
    "reply_markup", "reply_parameters", "entities", "caption_entities", "link_preview_options", "allowed_updates",
    "commands", "scope", "reaction", "message_ids", "menu_button", "rights",
))  # fmt: skip
_ATTACHED = "attach://"
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_TRUE = frozenset(("true", "1", "yes", "y"))


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came along."""

    name: str
    content: bytes


@dataclass(slots=True)
class Parameters:
    """What a call says, besides its method."""

    values: Json
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The value as text; "" when it is missing."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else orjson.dumps(value).decode()

    def whole(self, name: str, default: int = 0) -> int:
        """The value as a whole number; the default when it is missing or none."""
        found = whole_number(self.text(name).strip('"'))
        return default if found is None else found

    def flag(self, name: str) -> bool:
        """The value as yes or no."""
        return self.text(name).lower() in _TRUE

    def json(self, name: str) -> Any:
        """The value as JSON, whether it came as text or not; None when it is missing. Raises: Refusal 400."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def object(self, name: str) -> Json:
        """The JSON object there; {} when it is missing. Raises: Refusal 400."""
        found = self.json(name)
        if found is not None and not isinstance(found, dict):
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object")
        return found or {}

    def items(self, name: str, kind: type[T]) -> list[T] | None:
        """The JSON array of such values there; None when it is missing. Raises: Refusal 400."""
        found = self.json(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(one, kind) for one in found):
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object")
        return found

    def chat(self) -> str:
        """`chat_id` as text; "" when it is missing."""
        return self.text("chat_id").strip('"')

    def file(self, name: str) -> Upload | None:
        """The file of a parameter: sent under its name, or as `attach://…`."""
        attached = self.text(name)
        return self.files.get(attached.removeprefix(_ATTACHED) if attached.startswith(_ATTACHED) else name)

    def for_ledger(self) -> Json:
        """The same with files as their name and size, and JSON in texts opened."""
        entered: Json = {name: _opened(value) if name in _JSON else value for name, value in self.values.items()}
        attached = {value: name for name, value in self.values.items() if str(value).startswith(_ATTACHED)}
        for part, upload in self.files.items():
            entered[attached.get(_ATTACHED + part, part)] = f"{upload.name}: {len(upload.content)} bytes"
        return entered


async def read_parameters(request: Request) -> Parameters:
    """From the query, then from the body in whatever way it came. Raises: Refusal 400."""
    values: Json = dict(request.query_params)
    files: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        values |= _object(await request.body())
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form(max_part_size=64 * 1024 * 1024) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = Upload(value.filename or "file", await value.read())
                else:
                    values[name] = value
    return Parameters(values, files)


def whole_number(text: str) -> int | None:
    """The number written there in ASCII digits, as large as the vendor's ids are at most."""
    return int(text) if _WHOLE.fullmatch(text) else None


def _object(body: bytes) -> Json:
    try:
        found = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise bad_request("can't parse request: can't parse JSON object")
    return found


def _opened(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value
