"""The link by which an owner lets a developer see what to install, without an account."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

_DAY = 24 * 3_600_000
DAYS = 7
_TOKEN = re.compile(r"([0-9]{1,6})-([A-Za-z0-9_-]{22})")


def token_at(secret: str, key: str, now: int) -> str:
    """The token of a campaign's link that is made at `now` (ms), with the campaign's secret; it is
    the same for all that day."""
    return _token(secret, key, now // _DAY + 1 + DAYS)


def good_until(token: str) -> int:
    """The instant (ms) from which a token that was checked is not good any more."""
    return int(token.partition("-")[0]) * _DAY


def is_good(secret: str, key: str, token: str, now: int) -> bool:
    """Was the token made for this campaign, within the last DAYS days?"""
    found = _TOKEN.fullmatch(token)
    if found is None or good_until(token) <= now:
        return False
    return hmac.compare_digest(_token(secret, key, int(found[1])).encode(), token.encode())


def _token(secret: str, key: str, day: int) -> str:
    # No pair that is signed with this secret (core/signature) begins so.
    message = f"\0developer link\n{key}\n{day}".encode()
    made = hmac.new(secret.encode(), message, hashlib.sha256).digest()[:16]
    return f"{day}-{urlsafe_b64encode(made).decode().rstrip('=')}"
