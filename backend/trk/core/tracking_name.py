"""Tracking names: one name in all its spellings."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from trk.core.names import clean


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """A tracking name as names are compared: cleaned, regardless of case, in one Unicode form.

    The Turkish dotless and dotted i are an i, in capitals too: a page that changes the case of
    `indirim` in its own language or in another still names the same action. The same rule stands in
    trk_sdk/names.py; one test holds them both to it.
    """
    return _with_one_i(unicodedata.normalize("NFC", clean(name)).casefold())


def _with_one_i(folded: str) -> str:
    return unicodedata.normalize("NFC", folded.replace("\u0131", "i").replace("i\u0307", "i"))


@lru_cache(maxsize=4096)
def forms(name: str) -> tuple[str, ...]:
    """What an action with this tracking name may be stored by: the older forms, if they are other
    ones, go first, so that of two actions with one name each keeps its own spelling."""
    oldest = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip()).casefold())
    return tuple(dict.fromkeys((oldest, _with_one_i(oldest), fold(name))))
