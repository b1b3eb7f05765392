"""Somebody is erased by whose link many friends have come: those are forgotten in parts."""

from __future__ import annotations

import pytest

from tests.backend.in_parts import between
from tests.backend.recounts.deeds import asks, enters
from tests.backend.recounts.friends import FRIENDS, counted, found, number_of
from tests.backend.stored import NOW, query
from trk.core.campaign import Campaign
from trk.services import people as privacy
from trk.store import erasure, people
from trk.store.database import Database
from trk.store.errors import DatabaseError

ANN = "1@example.org"


@pytest.fixture(autouse=True)
def two_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two friends are forgotten at once."""
    monkeypatch.setattr(erasure, "FRIENDS", 2)


async def left(database: Database, campaign: Campaign) -> dict[int, list[int]]:
    """The friends of each referrer who are not forgotten."""
    sql = "SELECT referrer_id, friend_id FROM referrals ORDER BY referrer_id, friend_id"
    friends: dict[int, list[int]] = {}
    for row in await query(database, sql):
        first = number_of(campaign, 0)
        friends.setdefault(row["referrer_id"] - first, []).append(row["friend_id"] - first)
    return friends


async def erased(database: Database) -> bool:
    """Is she erased, and does the audit say so?"""
    gone = await query(database, "SELECT id FROM entrants WHERE erased_at IS NOT NULL")
    noted = await query(database, "SELECT id FROM audit WHERE deed = 'erased'")
    assert len(gone) == len(noted)
    return bool(gone)


OTHERS = {who: friends for who, friends in FRIENDS.items() if friends and who != 1}


async def test_her_friends_are_forgotten_in_parts_and_what_counts_stays(
    database: Database, campaign: Campaign
) -> None:
    await asks(database, friends=3)
    await counted(database)
    before = await found(database)
    with between(database, lambda program: program is erasure.forget_friends) as parts:
        await privacy.erase(database, ANN)
    assert [part.result for part in parts] == [False, False, False, True, True]
    assert await left(database, campaign) == OTHERS
    assert await erased(database)
    assert await found(database) == before
    hers = f"SELECT details FROM completions WHERE entrant_id = {number_of(campaign, 1)}"
    assert [row["details"] for row in await query(database, hers)] == [None] * 3


@pytest.mark.parametrize("part", [1, 2, 3, 4])
async def test_who_is_killed_between_two_parts_has_erased_nobody_and_can_do_it_again(
    database: Database, campaign: Campaign, part: int
) -> None:
    async def killed() -> None:
        if len(parts) == part:
            raise DatabaseError("killed")

    with (
        between(database, lambda program: program is erasure.forget_friends, killed) as parts,
        pytest.raises(DatabaseError, match="killed"),
    ):
        await privacy.erase(database, ANN)
    assert not await erased(database)
    assert (await left(database, campaign)).get(1, []) == FRIENDS[1][2 * part :]
    await privacy.erase(database, ANN)
    assert await left(database, campaign) == OTHERS
    assert await erased(database)


async def test_who_comes_between_two_parts_is_forgotten_too(
    database: Database, campaign: Campaign
) -> None:
    async def comes() -> None:
        if len(parts) == 4:  # they were the last, as far as was known
            await enters(1)(database, campaign)

    with between(database, lambda program: program is erasure.forget_friends, comes) as parts:
        await privacy.erase(database, ANN)
    assert await left(database, campaign) == OTHERS
    assert await erased(database)


async def test_nobody_is_erased_while_more_friends_are_left_than_are_forgotten_at_once(
    database: Database, campaign: Campaign
) -> None:
    [ann] = await database.read(people.by_email, ANN)
    known = await database.read(people.linked, ann)
    for _ in range(2):
        assert not await database.write(erasure.forget, ann, known, 0, NOW)
        assert not await database.write(erasure.forget_friends, ann)
    assert not await database.write(erasure.forget, ann, known, 0, NOW)
    await database.write(erasure.forget_friends, ann)
    assert await database.write(erasure.forget, ann, known, 0, NOW)
    assert await left(database, campaign) == OTHERS
