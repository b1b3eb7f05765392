"""Rewards: what an entrant gets after n completed actions, and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

RewardKind = Literal["none", "shared", "codes", "link"]
"""Nothing; one code for everybody; a code of one's own from a list; an address."""
RewardState = Literal["none", "working", "granted", "gone", "unconfirmed"]
"""No reward here; more actions to do; here it is; earned, but the list of codes is empty; earned,
but the e-mail has to be confirmed first."""

Shortage = Literal["low", "gone"]
"""Codes are running out; there are none left."""

MOST_LOW = 1_000
"""With more codes than this, a list is never low, however long it was."""


class CodeStock(NamedTuple):
    """A campaign's own codes: how many there were and how many are left."""

    total: int
    left: int


def standing(
    kind: RewardKind, completed: int, after: int, granted: bool, to_confirm: bool = False
) -> RewardState:
    """Where an entrant stands who has completed so many different actions (see `distinct`).

    What was granted stays granted, whatever changes afterwards. `to_confirm`: nothing is given
    before the e-mail is confirmed.
    """
    if granted:
        return "granted"
    if kind == "none":
        return "none"
    if completed < after:
        return "working"
    return "unconfirmed" if to_confirm else "gone"


def is_low(left: int, total: int) -> bool:
    """Should the owner be warned that a list of codes runs out: a tenth left, at most MOST_LOW?"""
    return left <= max(1, min(total // 10, MOST_LOW))


def shortage(stock: CodeStock) -> Shortage | None:
    """What the owner should be told about the codes, if anything."""
    if stock.left == 0:
        return "gone"
    return "low" if is_low(stock.left, stock.total) else None


def distinct(action_ids: Iterable[int]) -> int:
    """How many different actions these completions are of: a daily one counts once."""
    return len(set(action_ids))
