"""Who takes part again brings many friends: they are counted a part at a time, as if all had been
counted at once, each once, and also if whoever counts is killed."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.backend.recounts.deeds import (
    Deed,
    asks,
    blocks,
    confirms,
    enters,
    erases,
    is_strict,
    lets_count,
    lets_in,
    settles,
)
from tests.backend.recounts.friends import (
    begun,
    between,
    counted,
    counting_for,
    counts_parts,
    crowd,
    found,
    is_killed_counting,
    number_of,
    rewarded,
)
from tests.backend.steps import needs_no_more_for_many, numbers
from tests.backend.stored import NOW, query, query_write
from trk.core.campaign import Campaign
from trk.services import leaving_out, undoing
from trk.services import recounting as counting
from trk.store import leaving_out as leaving_out_store
from trk.store import readmissions, recounting, recounts, rewards
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.errors import StillCounting

pytestmark = pytest.mark.by_turns

PARTS = range(8)
"""After how many parts something happens, of eight."""
COUNT = {(1, friend, "Refer", None) for friend in (4, 5, 7, 11)}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two friends are too many to be counted with letting in."""
    monkeypatch.setattr(readmissions, "FEW", 2)


async def out(database: Database, campaign: Campaign) -> None:
    """The first referrer is blocked. Of their friends three count, of whom one was out meanwhile;
    there is one more place for those who have come since."""
    await asks(database, campaign.key, friends=3)
    await counted(database)
    for deed in (blocks(1, NOW + 8), blocks(5), lets_in(5)):
        await deed(database, campaign)
    await lets_count(database, 4, campaign.key)
    await counted(database)


async def of_first(database: Database, key: str = "y2sB7") -> set[Any]:
    """What friends have completed for the first referrer."""
    return {each for each in await found(database, key) if each[0] == 1}


async def under_way(database: Database, campaign: Campaign) -> bool:
    return await database.read(recounts.under_way, campaign)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7])
async def test_in_parts_it_comes_out_as_at_once(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    other = await crowd(database, "other")
    for each in (campaign, other):
        await out(database, each)
    await number_two_is_out(database, campaign, other)
    with monkeypatch.context() as patched:
        patched.setattr(readmissions, "FEW", 1000)
        await lets_in(1)(database, other)
        await lets_in(2)(database, other)
        assert not await under_way(database, other)
    monkeypatch.setattr(recounting, "PART", size)
    await lets_in(1)(database, campaign)
    await lets_in(2)(database, campaign)
    assert await under_way(database, campaign)
    await counted(database)
    assert not await under_way(database, campaign)
    assert await found(database) == await found(database, "other")
    assert await of_first(database) == COUNT


async def number_two_is_out(database: Database, *those: Campaign) -> None:
    for each in those:
        await blocks(2, NOW + 7)(database, each)


async def test_a_transaction_counts_no_more_friends_than_a_part_has(
    database: Database, campaign: Campaign
) -> None:
    await blocks(1, NOW)(database, campaign)
    await asks(database, friends=1000)
    await counted(database)
    before = len(await found(database))
    counts = [before]

    async def look() -> None:
        counts.append(len(await found(database)))

    await lets_in(1)(database, campaign)
    assert len(await found(database)) == before  # letting in counts nobody
    with between(database, look):
        await counted(database)
    assert {after - one for one, after in itertools.pairwise(counts)} <= {0, 1, 2}
    assert counts[-1] == before + 5


async def test_few_are_counted_by_letting_in(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readmissions, "FEW", 7)
    await out(database, campaign)
    await lets_in(1)(database, campaign)
    assert not await under_way(database, campaign)
    assert await of_first(database) == COUNT


@pytest.mark.parametrize("first", PARTS)
async def test_another_server_goes_on_where_one_was_killed(
    database: Database, campaign: Campaign, first: int
) -> None:
    await out(database, campaign)
    await lets_in(1)(database, campaign)
    await counts_parts(database, campaign, first)
    await is_killed_counting(database, campaign, rewards, "grant")
    await counted(database)
    assert await of_first(database) == COUNT


MEANWHILE: dict[str, Deed] = {
    "a friend enters": enters(1),
    "a friend confirms": confirms(5),
    "a friend is blocked": blocks(4),
    "a friend who came later is blocked": blocks(11),
    "the referrer is blocked": blocks(1, 2**46),
    "a friend is let in": lets_in(9),
    "another referrer is let in": lets_in(2),
    "a friend is erased": erases(11),
    "the referrer is erased": erases(1),
    "only confirmed e-mails count": is_strict,
}


@pytest.mark.parametrize("meanwhile", MEANWHILE)
async def test_what_happens_meanwhile_comes_before_or_after(
    database: Database, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    does = MEANWHILE[meanwhile]

    async def at_once(key: str, *deeds: Deed) -> dict[int, set[Any]]:
        campaign = await crowd(database, key)
        with monkeypatch.context() as patched:
            patched.setattr(recounting, "PART", 1000)
            patched.setattr(readmissions, "FEW", 1000)
            for each in deeds:
                await each(database, campaign)
        return await counting_for(database, campaign)

    begin: list[Deed] = [out, blocks(2, NOW + 7)]
    either = [
        await at_once("first", *begin, does, lets_in(1)),
        await at_once("second", *begin, lets_in(1), does),
    ]
    for parts in PARTS:
        campaign = await crowd(database, f"parts{parts}")
        for each in begin:
            await each(database, campaign)
        await lets_in(1)(database, campaign)
        await counts_parts(database, campaign, parts)
        await does(database, campaign)
        await counted(database)
        for who, friends in (await counting_for(database, campaign)).items():
            assert friends in [each[who] for each in either], (parts, who)


@pytest.mark.parametrize("parts", PARTS)
async def test_who_is_blocked_meanwhile_and_let_in_again_has_all_who_came(
    database: Database, campaign: Campaign, parts: int
) -> None:
    await out(database, campaign)
    await lets_in(1)(database, campaign)
    await counts_parts(database, campaign, parts)
    await blocks(1)(database, campaign)
    await lets_in(1)(database, campaign)
    await counted(database)
    assert await of_first(database) == COUNT


@pytest.mark.parametrize("way", ["taken back", "undone"])
async def test_those_let_in_together_bring_theirs_in_parts(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    those = [number_of(campaign, each) for each in (1, 2, 5)]
    cause = Cause("Robots.", NOW + 1, "step")
    await database.write(leaving_out_store.several, campaign, those, cause)
    await asks(database, friends=1000)
    await counted(database)
    monkeypatch.setattr(counting, "_AT_ONCE", 1)
    if way == "undone":
        await undoing.undo(database, campaign, "step", NOW + 100)
    else:
        again = Cause("People.", NOW + 100)
        await leaving_out.take_back(database, campaign, NOW + 1, again)
    assert await under_way(database, campaign)  # the rest is left to the job
    await counted(database)
    assert len(await found(database)) == 9


async def test_nothing_is_made_of_their_number_meanwhile(
    database: Database, campaign: Campaign
) -> None:
    await out(database, campaign)
    await lets_in(1)(database, campaign)
    with pytest.raises(StillCounting):
        await database.read(recounts.check, campaign)
    await counting.until_counted(database, campaign)
    await database.read(recounts.check, campaign)
    assert await of_first(database) == COUNT


async def test_a_recount_counts_them_too(database: Database, campaign: Campaign) -> None:
    await out(database, campaign)
    await lets_in(1)(database, campaign)
    await lets_count(database, 1000)
    assert await begun(database)
    assert await query(database, "SELECT 1 AS one FROM readmissions") == []
    await counted(database)
    assert {each[1] for each in await of_first(database)} == {4, 5, 7, 11, 12}


async def test_rewards_follow_once(database: Database) -> None:
    reward = {"reward_kind": "shared", "reward_value": "THANKS", "reward_after": 1}
    campaign = await crowd(database, "y2sB7", kind="reward", **reward)
    await blocks(1, NOW)(database, campaign)
    await asks(database)
    await counted(database)
    await settles(database, name="Win more")
    await lets_in(1)(database, campaign)
    await counted(database)
    assert await rewarded(database, campaign) == [1, 2, 5]


async def test_how_many_friends_some_have_is_found_without_looking_through_all(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readmissions, "FEW", 200)
    campaign = await crowd(sqlite_database, "y2sB7")
    some, first = [number_of(campaign, each) for each in range(1, 15)], number_of(campaign, 100)
    await query_write(
        sqlite_database,
        "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
        f"{numbers(first + 1, first + 6_000)}SELECT n, {campaign.id}, 'A', n, n, 1 FROM n",
    )
    await needs_no_more_for_many(
        sqlite_database,
        lambda tx: readmissions.friends(tx, campaign, some),
        "referrals (friend_id, campaign_id, referrer_id, made_at)",
        f"{first} + n, {campaign.id}, {first} + n, 1",
    )
    assert await sqlite_database.read(readmissions.friends, campaign, some) == 11
