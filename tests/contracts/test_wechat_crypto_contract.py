"""What we seal the vendor's own library opens, and the other way round."""

from __future__ import annotations

import base64
import json
import random
from datetime import UTC, datetime
from typing import Any

from bot.channels.wechat.markup import fields_of
from bot.channels.wechat.seal import Seal
from tests.contracts.vendors_libraries import run_script

TOKEN = "QDG6eK"
CORP_ID = "wx5823bf96d3bd56c7"
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ALPHABET = "黄焖鸡两份不要香菜 abc123&<>\"'\n\t😀栋＃臺"


def some_keys(chance: random.Random, count: int) -> list[str]:
    return [base64.b64encode(chance.randbytes(32)).decode().rstrip("=") for _ in range(count)]


def some_messages(count: int) -> list[dict[str, Any]]:
    chance = random.Random(7)
    keys = some_keys(chance, count)
    return [
        {
            "aesKey": key,
            "token": TOKEN,
            "timestamp": str(int(NOW.timestamp())),
            "nonce": str(chance.randrange(10**9)),
            "message": "".join(chance.choices(ALPHABET, k=chance.randrange(0, 300))),
            "id": CORP_ID,
        }
        for key in keys
    ]


def ask(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answers = run_script("crypto.mjs", "\n".join(map(json.dumps, requests)) + "\n")
    return [json.loads(line) for line in answers.splitlines()]


def test_what_the_vendor_seals_we_open() -> None:
    messages = some_messages(80)
    for message, theirs in zip(messages, ask(messages), strict=True):
        query = {name: message[name] for name in ("timestamp", "nonce")} | {"msg_signature": theirs["signature"]}
        body = f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{theirs['sealed']}]]></Encrypt></xml>"
        assert Seal(TOKEN, message["aesKey"], CORP_ID).open(query, body.encode(), NOW) == message["message"]


def test_what_we_seal_the_vendor_opens() -> None:
    messages = some_messages(80)
    answers = [Seal(TOKEN, m["aesKey"], CORP_ID).close(m["message"], m["nonce"], NOW) for m in messages]
    sealed = [answer.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0] for answer in answers]
    theirs = ask([message | {"sealed": text} for message, text in zip(messages, sealed, strict=True)])
    for message, answer, opened in zip(messages, answers, theirs, strict=True):
        assert opened["message"] == message["message"]
        assert opened["id"] == CORP_ID
        assert f"<MsgSignature><![CDATA[{opened['signature']}]]>" in answer


def test_the_published_example_opens() -> None:
    """The vendor's documentation of WeCom callbacks, "verify URL": token, key, corp id and cipher text as printed."""
    seal = Seal(TOKEN, "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", CORP_ID)
    echo = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    query = {
        "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
        "timestamp": "1409659589",
        "nonce": "263014780",
        "echostr": echo,
    }
    assert seal.open_echo(query, datetime.fromtimestamp(1409659589, UTC)) == "1616140317555161061"


def test_the_published_message_opens() -> None:
    """The same, "receive a message"."""
    seal = Seal(TOKEN, "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", CORP_ID)
    sealed = (
        "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/"
        "sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZf"
        "JYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVG"
        "Ucallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KD"
        "YA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
    )
    query = {
        "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
        "timestamp": "1409659813",
        "nonce": "1372623149",
    }
    body = f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    fields = fields_of(seal.open(query, body.encode(), datetime.fromtimestamp(1409659813, UTC)))
    assert (fields["MsgType"], fields["Content"], fields["AgentID"]) == ("text", "hello", "218")
