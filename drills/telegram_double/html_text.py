"""Reads `parse_mode=HTML` as the vendor does: its tags, its entities, and its sentences about what is wrong."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from drills.telegram_double.refusals import Refusal, bad_request
from drills.telegram_double.typed_text import units
from drills.telegram_double.values import Json

_KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link",
    "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([^\s>]*)([^>]*)(>?)", re.DOTALL)
# The vendor knows these names only; any other & stays as it was typed.
_CHARACTER = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.:/-]+)))?""")


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int


def read_html(source: str) -> tuple[str, list[Json]]:
    """The text people see and its entities. Raises: Refusal 400."""
    text, entities, opened = "", [], list[_Open]()
    at = 0
    for found in _TAG.finditer(source):
        text += _plain(source[at : found.start()])
        at = found.end()
        byte = len(source[: found.start()].encode())
        is_end, tag = bool(found[1]), found[2].lower()
        is_cut = not found[4]
        if is_cut and (is_end or not found[3]):
            raise _wrong(f"Unclosed {'end' if is_end else 'start'} tag at byte offset {byte}")
        if is_end:
            entities += _closed(opened, tag, units(text), byte)
        else:
            opened.append(_opened(tag, found[3], units(text), byte))
            if is_cut:
                raise _wrong(f"Unclosed start tag at byte offset {byte}")
    if opened:
        raise _wrong(f'Can\'t find end tag corresponding to start tag "{opened[-1].tag}"')
    text += _plain(source[at:])
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _opened(tag: str, rest: str, offset: int, byte: int) -> _Open:
    if tag not in _KINDS:
        raise _wrong(f'Unsupported start tag "{tag}" at byte offset {byte}')
    attributes = {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(rest)}
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise _wrong(f'Tag "span" must have class "tg-spoiler" at byte offset {byte}')
    return _Open(tag, attributes, offset)


def _closed(opened: list[_Open], tag: str, offset: int, byte: int) -> list[Json]:
    if not opened:
        raise _wrong(f"Unexpected end tag at byte offset {byte}")
    last = opened.pop()
    if tag and tag != last.tag:
        raise _wrong(f'Unmatched end tag at byte offset {byte}, expected "</{last.tag}>", found "</{tag}>"')
    entity: Json = {"type": _KINDS[last.tag], "offset": last.offset, "length": offset - last.offset}
    if last.tag == "a":
        if not last.attributes.get("href"):
            return []
        entity["url"] = last.attributes["href"]
    return [entity] if entity["length"] else []


def _plain(piece: str) -> str:
    return _CHARACTER.sub(lambda found: html.unescape(found[0]), piece)


def _wrong(reason: str) -> Refusal:
    return bad_request(f"can't parse entities: {reason}")
