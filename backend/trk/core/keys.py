"""The shapes of keys, ids and tokens, and how tokens are kept: only as hashes."""

from __future__ import annotations

import hashlib
import re

RESERVED = frozenset({"static", "admin", "healthz", "readyz", "metrics", "robots", "favicon"})
"""Words that address something else on this server, and so cannot be a campaign's key."""

_KEY = re.compile(r"[A-Za-z0-9]{5,40}")
_BEACON_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_VISITOR = re.compile(r"[0-9a-f]{32}")

is_beacon_id = _BEACON_ID.fullmatch
"""Is this text a UUIDv7 in lower case with hyphens (RFC 9562, section 5.7)?"""


def with_hyphens(digits: str) -> str:
    """The usual form of a UUID that came as 32 digits."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def beacon_id(now: int, random: str) -> str:
    """A UUIDv7 of the time `now` (ms), from 18 random hexadecimal digits."""
    return with_hyphens(f"{now:012x}7{random[:3]}a{random[3:18]}")


is_visitor = _VISITOR.fullmatch
"""Is this text a visitor id: 128 bits as 32 lower-case hexadecimal digits?"""

is_ticket = _VISITOR.fullmatch
"""Is this text a ticket? It has the same shape."""


def is_campaign_key(text: str) -> bool:
    """Is this text usable as a campaign's key, such as `y2sB7`?"""
    return _KEY.fullmatch(text) is not None and text.lower() not in RESERVED


def token_hash(token: str) -> str:
    """What is stored of a token with too many random bits to be guessed: SHA-256, 64 hexadecimal
    digits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
