"""Many friends are counted anew a part at a time: as if all were counted at once, each once, and
also if whoever counts is killed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.backend.recounts.deeds import asks, lets_count, settles
from tests.backend.recounts.friends import (
    begun,
    between,
    counted,
    counts_parts,
    crowd,
    found,
    is_killed_counting,
    number_of,
)
from tests.backend.stored import query, query_write
from trk.core.campaign import Campaign
from trk.core.referral import BLOCKED
from trk.store import recounting, recounts
from trk.store.database import Database

pytestmark = pytest.mark.by_turns

Change = Callable[[Database, str], Awaitable[Any]]

CHANGES: list[Change] = [
    asks,
    lambda database, key: lets_count(database, 3, key),
    lambda database, key: settles(database, key, confirmed_only=True),
    lambda database, key: asks(database, key, tracking_name="Second", friends=1),
    lambda database, key: settles(database, key, confirmed_only=False),
    lambda database, key: lets_count(database, 1, key),
    lambda database, key: lets_count(database, 1000, key),
]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
async def test_in_parts_it_comes_out_as_at_once(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    await crowd(database, "other")
    for change in CHANGES:
        monkeypatch.setattr(recounting, "PART", 1000)
        await change(database, "other")
        assert not await query(database, "SELECT 1 AS one FROM recounts")
        monkeypatch.setattr(recounting, "PART", size)
        await change(database, campaign.key)
        await counted(database)
        assert await found(database) == await found(database, "other")
    assert len(await found(database)) > 10


async def test_a_transaction_counts_no_more_friends_than_a_part_has(
    database: Database, campaign: Campaign
) -> None:
    counts: list[int] = []

    async def look() -> None:
        counts.append(len(await found(database)))

    await asks(database, friends=1000)
    assert await found(database) == set()  # the change itself counts nobody
    with between(database, look):
        await counted(database)
    assert {after - before for before, after in zip([0, *counts], counts, strict=False)} <= {
        0,
        1,
        2,
    }
    assert counts[-1] == 9


async def test_few_are_counted_by_the_change_itself(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "PART", 12)
    await asks(database)
    assert not await begun(database)
    assert len(await found(database)) == 6


@pytest.mark.parametrize("first", range(0, 18, 2))
async def test_another_server_goes_on_where_one_was_killed(
    database: Database, campaign: Campaign, first: int
) -> None:
    await settles(database, confirmed_only=True)
    await asks(database)
    await counts_parts(database, campaign, first)
    # In the middle of a part, which is stored or not.
    await is_killed_counting(database, campaign, recounts, "move", "end")
    await counted(database)
    assert await found(database) == {
        *((1, 4, "Refer", None), (1, 7, "Refer", None)),
        *((2, 6, "Refer", None), (5, 14, "Refer", None)),
    }


async def test_who_was_there_before_comes_before_those_who_are_new(
    database: Database, campaign: Campaign
) -> None:
    await asks(database)
    await counted(database)
    # The last friend of the first referrer had counted, was blocked, and came back too late.
    last, other = (f"'friend {number_of(campaign, n)}'" for n in (12, 5))
    await query_write(
        database,
        f"UPDATE completions SET day = {last}, invalidated_at = 1, "
        f"invalidated_reason = '{BLOCKED}' WHERE day = {other}",
    )
    await lets_count(database, 2)
    await counted(database)
    counts = {friend for referrer, friend, *_ in await found(database) if referrer == 1}
    assert counts == {4, 12}
