"""Tracking names as the server compares them."""

from __future__ import annotations

import unicodedata


def fold(name: str) -> str:
    """`name` trimmed, regardless of case, in one Unicode form, with one i for the Turkish four.

    A copy of the server's rule (trk/core/campaign.py), which this package does not import.
    """
    folded = unicodedata.normalize("NFC", name.strip()).casefold()
    return unicodedata.normalize("NFC", folded.replace("\u0131", "i").replace("i\u0307", "i"))
