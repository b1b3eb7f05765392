"""Tracking names as the server compares them."""

from __future__ import annotations

import unicodedata

_JOINERS, _BLANKS, _FILLERS = "\u200c\u200d", "\u2800\u3164\uffa0", "\u115f\u1160"


def fold(name: str) -> str:
    """`name` cleaned, regardless of case, in one Unicode form, with one i for the Turkish four.

    A copy of the server's rule (trk/core/tracking_name.py and names.py), which this package does
    not import.
    """
    folded = unicodedata.normalize("NFC", _clean(name)).casefold()
    return unicodedata.normalize("NFC", folded.replace("\u0131", "i").replace("i\u0307", "i"))


def _clean(name: str) -> str:
    kept = (
        " " if c.isspace() or c in _BLANKS else c
        for c in name
        if c.isspace() or c in _JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs")
    )
    cleaned = " ".join("".join(kept).split())
    return cleaned if cleaned.strip(f"{_JOINERS}{_FILLERS} ") else ""
