"""Rate limits: who is slowed down, and who must never notice them."""

from __future__ import annotations

import random

import pytest

from trk.core.rate import ADDRESS, ENTERING, VISITOR, Limit, admit, network_of, sender_of


def admitted(limit: Limit, instants: list[float]) -> int:
    full_at, count = None, 0
    for now in instants:
        decision = admit(limit, full_at, now)
        full_at, count = decision.full_at, count + decision.admitted
    return count


@pytest.mark.parametrize(
    ("limit", "instants", "expected"),
    [
        (Limit(3, 1), [0.0] * 3, 3),
        (Limit(3, 1), [0.0] * 4, 3),
        (Limit(3, 1), [0.0] * 3 + [1.0], 4),
        (Limit(3, 1), [0.0] * 3 + [0.9], 3),
        (Limit(3, 1), [0.0] * 3 + [100.0] * 5, 6),
        (Limit(3, 3), [0.0] * 3 + [1.0] * 4, 6),
        (Limit(1, 1), [float(n) for n in range(100)], 100),
        (Limit(1, 1), [n / 2 for n in range(100)], 50),
    ],
)
def test_a_burst_is_admitted_and_then_the_steady_rate(
    limit: Limit, instants: list[float], expected: int
) -> None:
    assert admitted(limit, instants) == expected


def test_a_refusal_says_how_long_to_wait_and_costs_nothing() -> None:
    full_at = None
    for _ in range(3):
        full_at = admit(Limit(3, 1), full_at, 0.0).full_at
    first = admit(Limit(3, 1), full_at, 0.25)
    second = admit(Limit(3, 1), first.full_at, 0.5)
    assert (first.admitted, first.wait, second.wait) == (False, 0.75, 0.5)
    assert admit(Limit(3, 1), second.full_at, 1.0).admitted


def test_a_school_behind_one_address_is_not_slowed_down() -> None:
    minds = random.Random(7)
    pushes = sorted(minds.uniform(0, 60) for _ in range(2_000) for _ in range(3))
    assert admitted(ADDRESS, pushes) == 6_000
    entering = sorted(minds.uniform(0, 120) for _ in range(600))
    assert admitted(ENTERING, entering) == 600


def test_an_office_that_shops_all_day_is_not_slowed_down() -> None:
    minds = random.Random(7)
    pushes = sorted(minds.uniform(0, 8 * 3600) for _ in range(500) for _ in range(400))
    assert admitted(ADDRESS, pushes) == 200_000


def test_a_person_who_clicks_without_rest_is_not_slowed_down_and_a_loop_is() -> None:
    assert admitted(VISITOR, [n / 5 for n in range(1_200)]) == 1_200
    assert admitted(VISITOR, [n / 1_000 for n in range(60_000)]) <= VISITOR.burst + 60 * 5


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("8.8.4.4", "8.8.4.4"),
        ("::ffff:8.8.4.4", "8.8.4.4"),
        ("64:ff9b::8.8.4.4", "8.8.4.4"),
        ("64:ff9b::10.0.0.7", None),
        ("2a00:1450:4001:81b:1:2:3:4", "2a00:1450:4001:81b::/64"),
        ("2a00:1450:4001:81b::9", "2a00:1450:4001:81b::/64"),
        # a proxy, a container's gateway, a developer's machine: nobody in particular
        ("127.0.0.1", None),
        ("::1", None),
        ("10.0.0.7", None),
        ("172.17.0.1", None),
        ("fe80::1%eth0", None),
        ("fd00::1", None),
        ("", None),
        ("testclient", None),
    ],
)
def test_one_address_is_an_ipv4_address_or_an_ipv6_households_network(
    address: str, network: str | None
) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("address", "sender"),
    [
        ("8.8.4.4", "8.8.4.4"),
        ("2a00:1450:4001:81b:1:2:3:4", "2a00:1450:4001:800::/56"),
        ("127.0.0.1", "127.0.0.1"),
        ("10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("64:ff9b::10.0.0.7", "10.0.0.7"),
        ("64:ff9b::808:404", "8.8.4.4"),
        ("fd00::1", "fd00::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_who_signs_in_has_an_address_of_its_own_also_in_a_private_network(
    address: str, sender: str
) -> None:
    assert sender_of(address) == sender
