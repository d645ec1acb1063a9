"""Signs what is posted to others the way standardwebhooks.com describes, so that any of its libraries can check it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

_PREFIX = "whsec_"


def sign(secret: str, key: str, at_s: int, body: bytes) -> dict[str, str]:
    """The headers of one post.

    `key`: the same for every try of the same message; `at_s`: seconds since 1970 of this try; `secret`: `whsec_` and
    Base64, or plain text.
    """
    signed = f"{key}.{at_s}.".encode() + body
    signature = base64.b64encode(hmac.digest(_bytes_of(secret), signed, hashlib.sha256)).decode()
    return {"webhook-id": key, "webhook-timestamp": str(at_s), "webhook-signature": f"v1,{signature}"}


def _bytes_of(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass  # plain text that happens to begin so
    return secret.encode()
