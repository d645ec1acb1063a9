"""The vendor's side of the seal, written without our own code: a double must not share our mistakes."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32


@dataclass(frozen=True, slots=True)
class VendorSeal:
    """Token, key and receiver as an operator typed them into the vendor's console."""

    token: str
    aes_key: str
    receive_id: str

    def encrypt(self, text: str) -> str:
        """Base64 of 16 random bytes, length, text, receiver, padded to blocks of 32 and encrypted."""
        content = text.encode()
        plain = os.urandom(16) + struct.pack(">I", len(content)) + content + self.receive_id.encode()
        missing = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()).decode()

    def decrypt(self, sealed: str) -> str:
        """The text. Raises: ValueError when it is for another receiver."""
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
        plain = plain[: -plain[-1]]
        (length,) = struct.unpack(">I", plain[16:20])
        if plain[20 + length :].decode() != self.receive_id:
            raise ValueError("sealed for another receiver")
        return plain[20 : 20 + length].decode()

    def signature(self, timestamp: str, nonce: str, sealed: str) -> str:
        """SHA-1 over the sorted words, hex."""
        joined = "".join(sorted([self.token, timestamp, nonce, sealed])).encode()
        return hashlib.sha1(joined, usedforsecurity=False).hexdigest()

    def open_answer(self, answer: str) -> str:
        """The text inside a passive answer. Raises: ValueError when its signature is wrong."""
        sealed, signature, timestamp, nonce = (
            _element(answer, name) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")
        )
        if self.signature(timestamp, nonce, sealed) != signature:
            raise ValueError("the answer's signature is wrong")
        return self.decrypt(sealed)

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _element(xml: str, name: str) -> str:
    found = re.search(rf"<{name}>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</{name}>", xml, re.DOTALL)
    if found is None:
        raise ValueError(f"the answer has no {name}")
    return found[1]
