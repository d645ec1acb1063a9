"""A service account's key and the endpoint that trades signed assertions for tokens, as Google's does."""

from __future__ import annotations

import base64
import binascii
import json
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
EMAIL = "stock-sheet@fallback-campus.iam.gserviceaccount.com"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: What an assertion is made out to, wherever the key file says it is to be sent.
AUDIENCE = "https://oauth2.googleapis.com/token"
#: Seconds a token lasts.
LASTS_S = 3599
#: Seconds an assertion may seem to be made before or after the present.
CLOCKS_DIFFER_S = 300


@cache
def _pair() -> rsa.RSAPrivateKey:
    # One for the whole process: making one takes a good part of a second.
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def write_key_file(path: Path, token_uri: str) -> Path:
    """The file an operator downloads from Google's console, for a key made here; readable by its owner only."""
    private = _pair().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = {
        "type": "service_account",
        "project_id": "fallback-campus",
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
        "private_key": private.decode(),
        "client_email": EMAIL,
        "client_id": "100000000000000000000",
        "token_uri": token_uri,
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(key), encoding="utf-8")
    return path


@dataclass(slots=True)
class TokenDesk:
    """Gives tokens to who can sign, and knows which still count."""

    #: the key was deleted in Google's console
    is_key_revoked: bool = False
    #: how much later than here it is at the vendor's, seconds
    ahead_s: float = 0.0
    given: int = 0
    _valid: set[str] = field(default_factory=set)

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """HTTP status and body for one request to the token endpoint."""
        if form.get("grant_type") != GRANT:
            return 400, {"error": "unsupported_grant_type", "error_description": "Invalid grant_type."}
        claims = _claims(form.get("assertion", ""))
        if claims is None or self.is_key_revoked:
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        if claims.get("aud") != AUDIENCE or claims.get("iss") != EMAIL:
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT: Failed audience check."}
        if abs(time.time() + self.ahead_s - float(claims.get("iat", 0))) > CLOCKS_DIFFER_S:
            why = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
            return 400, {"error": "invalid_grant", "error_description": f"{why} Check your iat and exp values."}
        if SCOPE not in str(claims.get("scope", "")).split():
            return 400, {"error": "invalid_scope", "error_description": "Empty or missing scope not allowed."}
        self.given += 1
        token = f"ya29.c.double-{self.given}"
        self._valid.add(token)
        return 200, {"access_token": token, "expires_in": LASTS_S, "token_type": "Bearer"}

    def knows(self, authorization: str) -> bool:
        """Whether a request may come in."""
        return authorization.removeprefix("Bearer ") in self._valid

    def expire_all(self) -> None:
        """Every token given so far stops counting."""
        self._valid.clear()


def _claims(assertion: str) -> dict[str, Any] | None:
    """What a signed assertion says; None when the signature is not the key's."""
    signed, _, signature = assertion.rpartition(".")
    try:
        _pair().public_key().verify(_decode(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        found = json.loads(_decode(signed.partition(".")[2]))
    except (InvalidSignature, ValueError, binascii.Error):
        return None
    return dict(found)


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
