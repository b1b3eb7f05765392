"""Networks are remembered as keyed hashes, and slowed down while too many do not confirm."""

from __future__ import annotations

import pytest

from trk.core.network import HOUR, UNCONFIRMED, network_hash, slow_wait

NOW = 10 * HOUR


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("8.8.8.8", "8.8.8.8", True),
        ("8.8.8.8", "::ffff:8.8.8.8", True),
        ("8.8.8.8", "64:ff9b::8.8.8.8", True),
        ("64:ff9b::8.8.8.8", "64:ff9b::808:809", False),
        ("8.8.8.8", "8.8.8.9", False),
        ("2a00:1450:4001:800::1", "2a00:1450:4001:8ff:1:2:3:4", True),
        ("2a00:1450:4001:800::1", "2a00:1450:4001:900::1", False),
    ],
)
def test_one_household_has_one_hash(one: str, other: str, same: bool) -> None:
    assert (network_hash("key", 1, one) == network_hash("key", 1, other)) is same


def test_a_hash_says_nothing_without_the_key_nor_in_another_campaign() -> None:
    made = network_hash("key", 1, "8.8.8.8")
    assert made is not None
    assert len(made) == 32
    assert len({made, network_hash("other", 1, "8.8.8.8"), network_hash("key", 2, "8.8.8.8")}) == 3


@pytest.mark.parametrize("address", ["", "unix", "127.0.0.1", "10.1.2.3", "fe80::1%eth0", "::1"])
def test_an_address_that_all_the_world_may_have_is_no_network(address: str) -> None:
    assert network_hash("key", 1, address) is None


@pytest.mark.parametrize(
    ("unconfirmed", "confirmed", "oldest", "wait"),
    [
        (0, 0, None, 0),
        (UNCONFIRMED - 1, 0, NOW - 1000, 0),
        (UNCONFIRMED, 0, NOW - HOUR + 60_000, 60),
        (UNCONFIRMED, 0, NOW, 3600),
        (UNCONFIRMED, 0, NOW - HOUR, 1),
        (UNCONFIRMED, 1, NOW, 0),
        (UNCONFIRMED + 1, 1, NOW, 3600),
        (500, 480, NOW, 0),
        (0, 500, None, 0),
    ],
)
def test_those_who_confirm_make_room_for_others(
    unconfirmed: int, confirmed: int, oldest: int | None, wait: float
) -> None:
    assert slow_wait(unconfirmed, confirmed, oldest, NOW) == wait
