"""The signature of a pair: proof that the customer's own server vouches for name and value."""

from __future__ import annotations

import hashlib
import hmac


def sign(secret: str, key: str, name: str, value: str | None) -> str:
    """Hex HMAC-SHA-256 over `key\\nname\\nvalue` with the campaign's secret; no value is empty."""
    message = f"{key}\n{name}\n{value or ''}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def is_signed(secret: str, key: str, name: str, value: str | None, signature: str) -> bool:
    """Is `signature` (hex digits of either case) that of this pair? Compared in constant time.

    None is of a name with a line feed: with it, two different pairs have the same signature.
    """
    if "\n" in name:
        return False
    expected = sign(secret, key, name, value)
    return hmac.compare_digest(expected.encode(), signature.lower().encode())
