"""Rewards: lists of codes, who has earned one, and when the owner is warned."""

from __future__ import annotations

import pytest

from trk.core.reward import (
    CodeStock,
    RewardKind,
    Shortage,
    distinct,
    is_low,
    shortage,
    standing,
)


@pytest.mark.parametrize(
    ("kind", "actions", "after", "granted", "expected"),
    [
        ("none", [1, 2, 3], 1, False, "none"),
        ("codes", [], 1, False, "working"),
        ("codes", [1], 2, False, "working"),
        ("codes", [1, 1, 1], 2, False, "working"),  # one daily action on three days
        ("codes", [1, 2], 2, False, "gone"),
        ("codes", [1, 2], 2, True, "granted"),
        ("shared", [], 2, True, "granted"),  # completions were invalidated: what was shown stays
        ("none", [1], 1, True, "granted"),
    ],
)
def test_where_an_entrant_stands(
    kind: RewardKind, actions: list[int], after: int, granted: bool, expected: str
) -> None:
    assert standing(kind, distinct(actions), after, granted) == expected


@pytest.mark.parametrize(
    ("left", "total", "low"),
    [
        (5, 5, False),
        (1, 5, True),
        (0, 5, True),
        (11, 100, False),
        (10, 100, True),
        (1_001, 100_000, False),
        (1_000, 100_000, True),
    ],
)
def test_the_owner_is_warned_before_the_codes_are_gone(left: int, total: int, low: bool) -> None:
    assert is_low(left, total) is low


@pytest.mark.parametrize(
    ("left", "total", "what"),
    [
        (0, 0, "gone"),
        (0, 5, "gone"),
        (0, 100_000, "gone"),
        (1, 1, "low"),
        (1, 5, "low"),
        (2, 5, None),
        (10, 100, "low"),
        (11, 100, None),
        (1_000, 100_000, "low"),
        (1_001, 100_000, None),
        (5, 5, None),
    ],
)
def test_what_the_owner_is_told_of_the_codes(left: int, total: int, what: Shortage | None) -> None:
    assert shortage(CodeStock(total, left)) == what
