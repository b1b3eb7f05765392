"""Queues that take turns."""

from __future__ import annotations

import pytest

from trk.store.turns import Turns


def queued(**names: int) -> Turns[str]:
    turns: Turns[str] = Turns()
    for name, count in names.items():
        turns.know(name)
        for n in range(count):
            turns.put(name, f"{name}{n}")
    return turns


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is of two."""
    monkeypatch.setattr("trk.store.turns._PART", 2)


def test_each_has_its_turn_and_its_own_order() -> None:
    turns = queued(a=3, b=1, c=2)
    assert turns.take(2, several=False) == ["a0", "a1"]
    assert turns.take(9, several=False) == ["b0"]
    assert turns.take(9, several=False) == ["c0", "c1"]
    assert len(turns) == 1
    assert turns.take(9, several=False) == ["a2"]
    assert (len(turns), turns.take(9, several=False)) == (0, [])


def test_of_several_each_gives_a_part_in_turn_and_the_last_one_left_the_rest() -> None:
    turns = queued(a=7, b=3, c=1)
    taken = turns.take(99, several=True)
    assert taken == ["a0", "a1", "b0", "b1", "c0", "a2", "a3", "b2", "a4", "a5", "a6"]
    assert (len(turns), turns.take(1, several=True)) == (0, [])


def test_who_had_less_of_a_turn_is_next() -> None:
    turns = queued(a=4, b=4)
    assert turns.take(3, several=True) == ["a0", "a1", "b0"]
    assert turns.take(3, several=True) == ["b1", "b2", "a2"]
    assert turns.take(3, several=True) == ["a3", "b3"]


def test_names_that_are_not_known_have_one_turn_together() -> None:
    turns = queued(a=3)
    for n in range(3):
        turns.put(f"made up {n}", f"x{n}")
    assert turns.take(10, several=True) == ["a0", "a1", "x0", "x1", "a2", "x2"]


def test_the_room_is_shared_by_who_waits() -> None:
    turns = queued(a=4, b=1)
    assert turns.share("a") == (4, 1 / 2)
    assert turns.share("c") == (0, 1 / 3)
    assert sorted(turns) == ["a0", "a1", "a2", "a3", "b0"]
    turns.clear()
    assert (len(turns), list(turns)) == (0, [])
