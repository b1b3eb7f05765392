"""The order that an owner gives to a campaign's actions or fields."""

from __future__ import annotations

from collections.abc import Iterable


def moved(ids: Iterable[int], one: int, position: int) -> list[int]:
    """These ids, with `one` of them at `position`, from 0; beyond the ends means at the end."""
    order = [each for each in ids if each != one]
    order.insert(max(0, position), one)
    return order


def position_of(ids: Iterable[int], one: int, to: str) -> int | None:
    """The position that a button or a drag asks for: `up`, `down`, or a number from 0; None if it
    is none of these, or `one` is not among them (any more)."""
    order = list(ids)
    if one not in order:
        return None
    now = order.index(one)
    if to in ("up", "down"):
        return now + (1 if to == "down" else -1)
    return int(to) if to.isascii() and to.isdigit() and len(to) < 19 else None
