"""What comes to a callback address and is not the vendor's: one refusal, before anything is read."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat.markup import fields_of, text_answer
from bot.channels.wechat.seal import REMEMBERED, REPEATED_S, TOLERATED_S, CallbackRefused, Seal
from core.wechat_settings import check_aes_key

KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ONE_SECOND = timedelta(seconds=1)


def ours(receive_id: str = "wx1") -> Seal:
    return Seal("secret", KEY, receive_id)


def callback(
    text: str, *, at: datetime = NOW, receive_id: str = "wx1", nonce: str = "n1"
) -> tuple[dict[str, str], bytes]:
    """Query and body as the vendor would send them."""
    seal = ours(receive_id)
    body = seal.close(text, nonce, at)
    sealed = body.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    timestamp = str(int(at.timestamp()))
    query = {"timestamp": timestamp, "nonce": nonce, "msg_signature": seal.sign(timestamp, nonce, sealed)}
    return query, f"<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()


def test_a_callback_of_the_vendors_opens() -> None:
    query, body = callback("<xml>你好</xml>")
    assert ours().open(query, body, NOW) == "<xml>你好</xml>"


@pytest.mark.parametrize(
    "changed",
    [
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"msg_signature": "签名"},
        {"timestamp": "1"},
        {"timestamp": "17e8"},
        {"timestamp": "１７９５３２００００"},
        {"nonce": "other"},
        {"encrypt_type": "raw", "msg_signature": ""},
    ],
)
def test_a_changed_query_is_refused(changed: dict[str, str]) -> None:
    query, body = callback("<xml/>")
    with pytest.raises(CallbackRefused):
        ours().open(query | changed, body, NOW)


@pytest.mark.parametrize("off_s", [-TOLERATED_S - 2, TOLERATED_S + 2])
def test_a_timestamp_of_another_time_is_refused(off_s: int) -> None:
    query, body = callback("<xml/>", at=NOW + off_s * ONE_SECOND)
    with pytest.raises(CallbackRefused, match="timestamp"):
        ours().open(query, body, NOW)


@pytest.mark.parametrize("timestamp", ["", "12345", "abcdefghij", "17953200000", " 179532000", "-179532000"])
def test_a_signed_timestamp_that_is_no_time_is_refused(timestamp: str) -> None:
    _, body = callback("<xml/>")
    seal = ours()
    sealed = body.decode().partition("<![CDATA[")[2].partition("]]>")[0]
    query = {"timestamp": timestamp, "nonce": "n", "msg_signature": seal.sign(timestamp, "n", sealed)}
    with pytest.raises(CallbackRefused, match="timestamp"):
        seal.open(query, body, NOW)


def test_the_same_bytes_are_a_repetition_first_and_a_replay_later() -> None:
    query, body = callback("<xml/>")
    seal = ours()
    for seconds in (0, 5, 10, 15, REPEATED_S):
        assert seal.open(query, body, NOW + seconds * ONE_SECOND) == "<xml/>"
    with pytest.raises(CallbackRefused, match="came before"):
        seal.open(query, body, NOW + (REPEATED_S + 1) * ONE_SECOND)


def test_remembered_signatures_are_bounded() -> None:
    seal = ours()
    for number in range(REMEMBERED + 10):
        seal._remember(str(number), NOW.timestamp())
    assert len(seal._seen) == REMEMBERED
    seal._remember("later", NOW.timestamp() + 3 * TOLERATED_S)
    assert len(seal._seen) == 1


def test_a_callback_for_another_account_is_refused() -> None:
    query, body = callback("<xml/>", receive_id="wx2")
    with pytest.raises(CallbackRefused, match="opened"):
        ours().open(query, body, NOW)


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"<xml><Content>plain</Content></xml>", b"\xff\xfe", b"{}"])
def test_a_body_that_is_not_sealed_is_refused(body: bytes) -> None:
    query, _ = callback("<xml/>")
    with pytest.raises(CallbackRefused):
        ours().open(query, body, NOW)


def test_two_sealed_texts_in_one_body_are_refused() -> None:
    query, body = callback("<xml/>")
    with pytest.raises(CallbackRefused, match="single"):
        ours().open(query, body + body, NOW)


@pytest.mark.parametrize("plain", [b"", b"x" * 16, b"x" * 16 + struct.pack(">I", 10**9) + b"wx1", b"\xff" * 64])
def test_garbage_under_a_good_signature_is_refused(plain: bytes) -> None:
    """Somebody with the token but not the key; and a length that points outside."""
    from wechatpy.crypto.cryptography import WeChatCipher
    from wechatpy.crypto.pkcs7 import PKCS7Encoder

    sealed = base64.b64encode(WeChatCipher(base64.b64decode(KEY + "=")).encrypt(PKCS7Encoder.encode(plain))).decode()
    seal = ours()
    timestamp = str(int(NOW.timestamp()))
    query = {"timestamp": timestamp, "nonce": "n", "msg_signature": seal.sign(timestamp, "n", sealed)}
    with pytest.raises(CallbackRefused, match="opened"):
        seal.open(query, f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode(), NOW)


@given(st.binary(max_size=300), st.text(max_size=60))
def test_any_bytes_are_refused_and_never_break(body: bytes, signature: str) -> None:
    query = {"timestamp": str(int(NOW.timestamp())), "nonce": "n", "msg_signature": signature}
    with pytest.raises(CallbackRefused):
        ours().open(query, b"<Encrypt>" + body + b"</Encrypt>", NOW)


@pytest.mark.parametrize("key", ["", "short", KEY + "x", KEY[:-1] + "!", KEY[:-1] + "é"])
def test_an_impossible_aes_key_is_named(key: str) -> None:
    with pytest.raises(ValueError, match="43 letters and digits"):
        check_aes_key(key)


# Markup ----------------------------------------------------------------------------------------

GOOD = {"FromUserName": "o1", "ToUserName": "gh", "CreateTime": "1795320000", "MsgType": "text", "Content": "你好"}


def xml_of(fields: dict[str, str]) -> str:
    return "<xml>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items()) + "</xml>"


def test_fields_are_read_and_nested_ones_left_out() -> None:
    nested = xml_of(GOOD).replace("</xml>", "<ScanCodeInfo><ScanType>qr</ScanType></ScanCodeInfo><Empty/></xml>")
    assert fields_of(nested) == GOOD | {"Empty": ""}


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + xml_of(GOOD).replace(
    "你好", "]]>&b;<![CDATA["
)


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "no markup",
        "<xml/>",
        "<other><a>1</a></other>",
        "<xml>text</xml>",
        xml_of({name: value for name, value in GOOD.items() if name != "FromUserName"}),
        xml_of({name: value for name, value in GOOD.items() if name != "MsgType"}),
        xml_of(GOOD | {"CreateTime": "gestern"}),
        xml_of(GOOD).replace("</xml>", "<Content>twice</Content></xml>"),
        "<xml>" + "".join(f"<f{number}>1</f{number}>" for number in range(100)) + "</xml>",
        "<xml>" + "<a>" * 5000 + "</a>" * 5000 + "</xml>",
        xml_of(GOOD)[:-3],
        BOMB,
    ],
)
def test_what_is_no_callback_is_refused(xml: str) -> None:
    with pytest.raises(CallbackRefused):
        fields_of(xml)


@given(st.text(max_size=200))
def test_any_answer_stays_one_text(said: str) -> None:
    """`]]>`, markup and control characters in an answer break nothing."""
    import xmltodict

    answer = xmltodict.parse(text_answer(GOOD, said, NOW), strip_whitespace=False)["xml"]
    assert (answer["ToUserName"], answer["FromUserName"], answer["MsgType"]) == ("o1", "gh", "text")
    kept = "".join(letter for letter in said if letter.isprintable() and letter != "\ufffe")
    found = "".join(letter for letter in answer["Content"] or "" if letter.isprintable())
    assert found == kept
