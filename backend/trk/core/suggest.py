"""Unmatched names: which action's tracking name was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from trk.core.tracking_name import fold

_ALIKE = 0.6
"""How alike two names must be to be suggested, of 1; `Vip 1` and `VIP1` are 0.89 alike."""
_COMPARED = 50
"""How many characters of a name are compared: the time that takes grows with their square or worse,
and visitors choose the names."""


def closest(name: str, tracking_names: Iterable[str]) -> str | None:
    """The owner's tracking name that `name` most resembles; None if it resembles none."""
    by_fold = {fold(each)[:_COMPARED]: each for each in tracking_names}
    found = get_close_matches(fold(name)[:_COMPARED], by_fold, n=1, cutoff=_ALIKE)
    return by_fold[found[0]] if found else None
