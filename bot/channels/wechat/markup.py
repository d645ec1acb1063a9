"""The vendor's XML: flat fields of a callback, and the passive answer to one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from xml.parsers.expat import ExpatError

from bot.channels.wechat.seal import CallbackRefused

#: Fields of one callback at the most; a real one has a dozen.
MOST_FIELDS = 60

#: What XML 1.0 has no place for.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def fields_of(xml: str) -> dict[str, str]:
    """The fields of a callback's text; those with fields inside are left out. Raises: CallbackRefused."""
    import xmltodict  # wechatpy's own parser, which refuses entities

    try:
        found = xmltodict.parse(xml)["xml"]
    except (ExpatError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise CallbackRefused(f"not the XML of a callback: {type(problem).__name__}") from problem
    if not isinstance(found, dict) or len(found) > MOST_FIELDS:
        raise CallbackRefused("not the XML of a callback: no fields")
    if any(isinstance(value, list) for value in found.values()):
        raise CallbackRefused("not the XML of a callback: a field twice")
    fields = {name: value or "" for name, value in found.items() if value is None or isinstance(value, str)}
    if not fields.get("FromUserName") or not fields.get("MsgType") or not fields.get("CreateTime", "").isdigit():
        raise CallbackRefused("not the XML of a callback: no sender, kind or time")
    return fields


def text_answer(fields: Mapping[str, str], content: str, now: datetime) -> str:
    """The passive answer to a callback, as XML."""
    # `]]>` would end the section: it is cut in two, each half in a section of its own.
    inert = _IMPOSSIBLE.sub("", content).replace("]]>", "]]]]><![CDATA[>")
    return (
        f"<xml><ToUserName><![CDATA[{fields['FromUserName']}]]></ToUserName>"
        f"<FromUserName><![CDATA[{fields.get('ToUserName', '')}]]></FromUserName>"
        f"<CreateTime>{int(now.timestamp())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{inert}]]></Content></xml>"
    )
