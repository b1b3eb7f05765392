"""Tracking names as the server compares them."""

from __future__ import annotations

import re
import unicodedata

_JOINERS, _BLANKS = "\u200c\u200d", "\u2800\u3164\uffa0"
_ALONE = re.compile(
    f"[ {_JOINERS}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\ufe00-\ufe0f\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]*"
)
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f")


def fold(name: str) -> str:
    """`name` cleaned, regardless of case, in one Unicode form, with one i for the Turkish four.

    A copy of the server's rule (trk/core/tracking_name.py and names.py, which says why), since this
    package does not import it; tests/test_folded_names.py holds both to one table.
    """
    folded = unicodedata.normalize("NFC", _clean(name)).casefold()
    return unicodedata.normalize("NFC", folded.replace("\u0131", "i").replace("i\u0307", "i"))


def _clean(name: str) -> str:
    flags = {n for flag in _FLAG.finditer(name) for n in range(*flag.span())}
    kept = (
        " " if c.isspace() or c in _BLANKS else c
        for n, c in enumerate(name)
        if n in flags
        or c.isspace()
        or c in _JOINERS
        or unicodedata.category(c) not in ("Cc", "Cf", "Cs")
    )
    cleaned = " ".join("".join(kept).split())
    return "" if _ALONE.fullmatch(cleaned) else cleaned
