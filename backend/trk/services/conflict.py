"""What happens when two owners change the same thing."""

from __future__ import annotations

import hashlib


class Conflict(Exception):
    """Somebody else has changed the thing since it was read; nothing was stored."""


def mark(*parts: object) -> str:
    """A text that changes whenever one of these parts does. A form sends it along, so that a change
    by somebody else is noticed."""
    text = "\n".join(str(part) for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
