"""Access tokens: the client, the moment of issue, and a signature under a key of the home. Nothing is stored.

So a token outlives a restart of the service, as clients expect that keep one for 50 minutes. To clients it is opaque.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import NamedTuple

LIFETIME = 3599
_SIGNATURE, _NONCE, _MOMENT = 20, 8, 8


class Token(NamedTuple):
    """Whose token it is, and when it was issued (milliseconds since 1970)."""

    client_id: str
    issued_at: int


class Tokens:
    """Makes and reads tokens under one key."""

    def __init__(self, key: bytes) -> None:
        # The home's key hashes NIK in published files: a key of its own, derived, signs.
        self._key = hmac.new(key, b"access token", hashlib.sha256).digest()

    def issue(self, client_id: str, now: int) -> str:
        """A new token; `now` in milliseconds since 1970."""
        told = now.to_bytes(_MOMENT, "big") + secrets.token_bytes(_NONCE) + client_id.encode()
        return urlsafe_b64encode(self._sign(told) + told).decode().rstrip("=")

    def read(self, text: str, now: int) -> Token | None:
        """What a token says, or None where it is not ours or has expired."""
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (Base64Error, ValueError):
            return None
        signature, told = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if len(told) <= _MOMENT + _NONCE or not hmac.compare_digest(signature, self._sign(told)):
            return None
        issued_at = int.from_bytes(told[:_MOMENT], "big")
        if not 0 <= now - issued_at <= LIFETIME * 1000:
            return None
        return Token(told[_MOMENT + _NONCE :].decode(), issued_at)

    def _sign(self, told: bytes) -> bytes:
        return hmac.digest(self._key, told, "sha256")[:_SIGNATURE]
