"""Which action a name without one was probably meant for."""

from __future__ import annotations

import random
import time

import pytest

from trk.core.suggest import closest

NAMES = ["Purchase", "VIP1", "VIP2", "AddToCart", "Anmeldung ✓"]


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("Purchse", "Purchase"),
        ("purchased", "Purchase"),
        ("VIP-1", "VIP1"),
        ("vip 2", "VIP2"),
        ("add_to_cart", "AddToCart"),
        ("ANMELDUNG", "Anmeldung ✓"),
        ("Newsletter", None),
        ("x", None),
        ("", None),
        ("<script>", None),
    ],
)
def test_the_closest_tracking_name_is_suggested_if_it_is_close(
    name: str, action: str | None
) -> None:
    assert closest(name, NAMES) == action


def test_without_actions_nothing_is_suggested() -> None:
    assert closest("VIP", []) is None


def test_the_longest_hostile_name_is_compared_quickly() -> None:
    names = [f"{'ab' * 95}{n}" for n in range(100)]
    started = time.process_time()
    closest("ba" * 100, names)
    assert time.process_time() - started < 2


def test_a_page_of_hostile_names_is_compared_quickly() -> None:
    """Names of the same letters in another order look alike until each is compared in full."""
    some = random.Random(7)
    actions = ["".join(some.choices("abcdefghij ", k=200)) for _ in range(30)]
    names = ["".join(some.sample(actions[n], 200)) for n in range(20)]
    started = time.process_time()
    for name in names:
        closest(name, actions)
    assert time.process_time() - started < 0.5
