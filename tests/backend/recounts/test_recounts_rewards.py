"""What follows from a friend who is counted in a part of a recount: rewards and webhooks' events,
each once. With the campaign it is gone."""

from __future__ import annotations

import pytest

from tests.backend.recounts.deeds import asks, settles
from tests.backend.recounts.friends import (
    counted,
    counts_parts,
    crowd,
    found,
    is_killed_counting,
    number_of,
    rewarded,
)
from tests.backend.stored import NOW, claims, query, query_write
from trk.core.campaign import Campaign
from trk.services import recounting as counting
from trk.services.campaigns import delete_campaign
from trk.services.code_uploads import add_codes
from trk.services.jobs.deletion import Deletion
from trk.services.jobs.part_counter import PartCounter
from trk.store import rewards
from trk.store.counting import unfinished
from trk.store.database import Database
from trk.store.errors import Gone

pytestmark = pytest.mark.by_turns


@pytest.fixture
async def campaign(database: Database) -> Campaign:
    """A campaign that gives a code for one action."""
    made = await crowd(database, "y2sB7", kind="reward", reward_kind="codes", reward_after=1)
    await add_codes(database, made, ["A", "B", "C", "D"])
    return made


async def given(database: Database, campaign: Campaign) -> list[int]:
    """To whom a code was given, by their numbers; no code was given twice."""
    codes = [code for _, code in await claims(database, campaign)]
    assert len(set(codes)) == len(codes)
    return await rewarded(database, campaign)


@pytest.mark.parametrize("first", range(0, 22, 3))
async def test_each_gets_the_reward_once_also_if_a_server_dies(
    database: Database, campaign: Campaign, first: int
) -> None:
    await query_write(
        database,
        "INSERT INTO webhooks (campaign_id, url, events, secret, created_at) "
        f"VALUES ({campaign.id}, 'https://shop.example', 'action.completed', 's', 1)",
    )
    await asks(database)
    await counts_parts(database, campaign, first)
    await is_killed_counting(database, campaign, rewards, "grant")
    await counted(database)
    assert await given(database, campaign) == [1, 2, 5]
    told = await query(database, "SELECT type, subject_id FROM webhook_deliveries")
    made = await query(database, "SELECT id FROM completions")
    ids = [each["subject_id"] for each in told if each["type"] == "action.completed"]
    assert sorted(ids) == sorted(each["id"] for each in made)


async def test_nobody_gets_a_reward_for_what_is_still_to_be_taken_back(
    database: Database, campaign: Campaign
) -> None:
    await settles(database, reward_after=2)
    await asks(database)
    await counted(database)
    assert await given(database, campaign) == []
    fifth, last = number_of(campaign, 5), number_of(campaign, 14)
    await query_write(database, f"UPDATE entrants SET confirmed_at = 1 WHERE id = {fifth}")
    await query_write(database, f"UPDATE entrants SET confirmed_at = NULL WHERE id = {last}")
    # Rewards are given for less from now on, and none of the fifth's friends counts any more.
    await settles(database, reward_after=1, confirmed_only=True)
    await database.write(rewards.grant, campaign, [fifth], NOW)
    assert await given(database, campaign) == []
    await counted(database)
    counts = {each[:2] for each in await found(database) if each[3] is None}
    assert counts == {(1, 4), (1, 5), (2, 6)}
    assert await given(database, campaign) == [1, 2]


async def test_it_ends_with_the_campaign(database: Database, campaign: Campaign) -> None:
    await asks(database)
    await database.write(counting.count_part, campaign)
    await delete_campaign(database, campaign)
    with pytest.raises(Gone):
        await database.write(counting.count_part, campaign)
    await PartCounter(database).work()
    await Deletion(database).work()
    for table in ("campaigns", "recounts", "completions"):
        assert await query(database, f"SELECT 1 AS one FROM {table}") == []
    assert await database.read(unfinished) == []
