"""Queues that take turns."""

from __future__ import annotations

from trk.store.turns import Turns


def queued(**names: int) -> Turns[str]:
    turns: Turns[str] = Turns()
    for name, count in names.items():
        turns.know(name)
        for n in range(count):
            turns.put(name, f"{name}{n}")
    return turns


def test_each_has_its_turn_and_its_own_order_and_the_last_one_left_gets_the_rest() -> None:
    turns = queued(a=5, b=2)
    assert turns.take(3) == ["a0", "b0", "a1"]
    assert len(turns) == 4
    assert turns.take(10) == ["b1", "a2", "a3", "a4"]
    assert (len(turns), turns.take(1)) == (0, [])


def test_who_had_less_of_a_turn_is_next() -> None:
    turns = queued(a=3, b=3, c=3)
    assert turns.take(2) == ["a0", "b0"]
    assert turns.take(2) == ["c0", "a1"]
    assert turns.take(2) == ["b1", "c1"]


def test_who_is_to_be_alone_shares_no_turn_and_keeps_nobody_from_theirs() -> None:
    turns = queued(a=2, b=3, c=2)
    assert turns.take(10, {"b"}) == ["a0", "c0", "a1", "c1"]
    assert turns.take(2, {"b"}) == ["b0", "b1"]
    turns = queued(b=1, a=1)
    assert turns.take(10, {"b"}) == ["b0"]
    assert turns.take(10, {"b"}) == ["a0"]


def test_names_that_are_not_known_have_one_turn_together() -> None:
    turns = queued(a=2)
    for n in range(3):
        turns.put(f"made up {n}", f"x{n}")
    assert turns.take(10) == ["a0", "x0", "a1", "x1", "x2"]


def test_the_room_is_shared_by_who_waits() -> None:
    turns = queued(a=4, b=1)
    assert turns.share("a") == (4, 1 / 2)
    assert turns.share("c") == (0, 1 / 3)
    assert sorted(turns) == ["a0", "a1", "a2", "a3", "b0"]
    turns.clear()
    assert (len(turns), list(turns)) == (0, [])
