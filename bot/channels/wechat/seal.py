"""What the vendor sends to a callback address is sealed: checked, opened, and our answers sealed again.

The Official Account (secure mode) and WeCom apps seal alike: SHA-1 over token, time, nonce and cipher text; AES-256
with the receiver's id inside. Every doubt is one and the same refusal; nothing is parsed before the signature holds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime

from core.errors import Permanent
from core.wechat_settings import check_aes_key

#: Seconds a callback's timestamp may lie before or after our clock.
TOLERATED_S = 300
#: Seconds in which the same bytes may come again: the vendor repeats what was not answered, three times, 5 s apart.
REPEATED_S = 20
#: Signatures remembered; beyond them the message's own id still makes a repetition harmless.
REMEMBERED = 50_000

_TIMESTAMP = re.compile(r"[0-9]{10}")
_ENCRYPTED = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")


class CallbackRefused(Permanent):
    """This is no callback of the vendor's."""

    hint = "If callbacks of the vendor are refused, compare token, EncodingAESKey, id and this machine's clock."


class Seal:
    """One callback address's token and key."""

    def __init__(self, token: str, aes_key: str, receive_id: str) -> None:
        """`receive_id`: app id of the Official Account, corp id of WeCom. Raises: ValueError for an impossible key."""
        check_aes_key(aes_key)
        from wechatpy.crypto import PrpCrypto  # loaded only where this channel is used

        self._token = token
        self._receive_id = receive_id
        self._cipher = PrpCrypto(base64.b64decode(f"{aes_key}="))
        #: signature → when it was first seen, seconds of the wall clock; oldest first
        self._seen: OrderedDict[str, float] = OrderedDict()

    def open_echo(self, query: Mapping[str, str], now: datetime) -> str:
        """What to answer when the vendor tries the address. Raises: CallbackRefused."""
        sealed = query.get("echostr", "")
        self._check(query, sealed, now)
        return self._open(sealed)

    def open(self, query: Mapping[str, str], body: bytes, now: datetime) -> str:
        """The text inside a callback. Raises: CallbackRefused."""
        # Looked for, not parsed: nobody's markup is read before its signature holds.
        found = _ENCRYPTED.findall(body)
        if len(found) != 1:
            raise CallbackRefused("the body holds no single <Encrypt>")
        sealed = found[0].decode("ascii")
        self._check(query, sealed, now)
        return self._open(sealed)

    def close(self, text: str, nonce: str, now: datetime) -> str:
        """An answer, sealed."""
        sealed = self._cipher.encrypt(text, self._receive_id).decode("ascii")
        timestamp = str(int(now.timestamp()))
        return (
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{self.sign(timestamp, nonce, sealed)}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )

    def sign(self, timestamp: str, nonce: str, sealed: str) -> str:
        """The signature over a sealed text, 40 hex digits."""
        words = "".join(sorted((self._token, timestamp, nonce, sealed))).encode()
        return hashlib.sha1(words, usedforsecurity=False).hexdigest()  # the vendor's choice

    def _check(self, query: Mapping[str, str], sealed: str, now: datetime) -> None:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        signature = query.get("msg_signature", "")
        if not sealed or not hmac.compare_digest(self.sign(timestamp, nonce, sealed).encode(), signature.encode()):
            raise CallbackRefused("the signature is not ours")
        if not _TIMESTAMP.fullmatch(timestamp) or abs(now.timestamp() - int(timestamp)) > TOLERATED_S:
            raise CallbackRefused("the timestamp is not of now")
        self._remember(signature, now.timestamp())

    def _remember(self, signature: str, now_s: float) -> None:
        first_s = self._seen.setdefault(signature, now_s)
        if now_s - first_s > REPEATED_S:
            raise CallbackRefused("the same callback came before")
        while len(self._seen) > REMEMBERED or next(iter(self._seen.values())) < now_s - 2 * TOLERATED_S:
            self._seen.popitem(last=False)

    def _open(self, sealed: str) -> str:
        try:
            return str(self._cipher.decrypt(sealed, self._receive_id))
        except Exception as problem:  # wechatpy answers garbage with half a dozen kinds of exception
            raise CallbackRefused(f"it cannot be opened: {type(problem).__name__}") from problem
