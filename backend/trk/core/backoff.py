"""How long to wait before what failed is tried again: twice as long each time, up to a limit."""

from __future__ import annotations

_DOUBLINGS = 64
"""More than any limit allows, and few enough for a number of any size."""


def pause(failures: int, first: float, longest: float) -> float:
    """The wait after so many failures in a row, in the unit of `first`, which follows the first of
    them, and of `longest`; 0 if there was none."""
    return min(longest, first * 2.0 ** min(failures - 1, _DOUBLINGS)) if failures > 0 else 0.0
