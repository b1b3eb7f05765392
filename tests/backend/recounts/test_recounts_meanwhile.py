"""What friends, referrers and owners do between the parts of a recount comes out as if it had come
before it or after it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.recounts.deeds import (
    Deed,
    asks,
    blocks,
    confirms,
    enters,
    erases,
    is_lenient,
    is_strict,
    lets_count,
    lets_in,
)
from tests.backend.recounts.friends import (
    begun,
    counted,
    counting_for,
    counts_parts,
    crowd,
    found,
)
from tests.backend.stored import NOW
from trk.core.campaign import Campaign
from trk.services.actions import delete_action
from trk.store import actions, recounting
from trk.store.database import Database

pytestmark = pytest.mark.by_turns

PARTS = (0, 4, 7, 9, 11, 13, 15, 17)
"""After how many parts something happens, of twelve, or of eighteen where only confirmed e-mails
count."""


async def makes(database: Database, campaign: Campaign) -> None:
    await asks(database, campaign.key)


async def lets_three_count(database: Database, campaign: Campaign) -> None:
    await lets_count(database, 3, campaign.key)


CHANGES: dict[str, tuple[list[Deed], Deed]] = {
    "an action is made": ([blocks(5, NOW + 50)], makes),
    "more friends count": ([blocks(5, NOW + 50), makes], lets_three_count),
    "only confirmed e-mails count": ([makes, blocks(5, NOW + 50)], is_strict),
    "all count again": ([makes, is_strict, blocks(5, NOW + 50)], is_lenient),
}
MEANWHILE: dict[str, Deed] = {
    "a friend enters": enters(1),
    "a friend of somebody without friends enters": enters(3),
    "a friend confirms": confirms(5),
    "another one confirms": confirms(8),
    "a friend is blocked": blocks(4),
    "a referrer is blocked": blocks(1),
    "a friend is let in": lets_in(9),
    "a referrer is let in": lets_in(5),
    "a friend is erased": erases(4),
    "a referrer is erased": erases(1),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("change", CHANGES)
async def test_it_comes_out_as_if_it_had_come_before_or_after(
    database: Database, monkeypatch: pytest.MonkeyPatch, change: str, meanwhile: str
) -> None:
    before, changes = CHANGES[change]
    does = MEANWHILE[meanwhile]

    async def at_once(key: str, *deeds: Deed) -> dict[int, set[Any]]:
        campaign = await crowd(database, key)
        with monkeypatch.context() as patched:
            patched.setattr(recounting, "PART", 1000)
            for each in [*before, *deeds]:
                await each(database, campaign)
        return await counting_for(database, campaign)

    either = [await at_once("first", does, changes), await at_once("second", changes, does)]
    for parts in PARTS:
        campaign = await crowd(database, f"parts{parts}")
        with monkeypatch.context() as patched:
            patched.setattr(recounting, "PART", 1000)
            for each in before:
                await each(database, campaign)
        await changes(database, campaign)
        await counts_parts(database, campaign, parts)
        await does(database, campaign)
        await counted(database)
        # Of one referrer's friends none has to do with another one's.
        for who, friends in (await counting_for(database, campaign)).items():
            assert friends in [each[who] for each in either], (parts, who)


@pytest.mark.parametrize("parts", PARTS)
async def test_for_a_referrer_who_is_blocked_in_between_and_let_in_later_all_friends_count(
    database: Database, campaign: Campaign, parts: int
) -> None:
    await asks(database)
    await counts_parts(database, campaign, parts)
    await blocks(1)(database, campaign)
    await counted(database)
    await lets_in(1)(database, campaign)
    assert {each for each in await found(database) if each[0] == 1} == {
        *((1, 4, "Refer", None), (1, 5, "Refer", None)),
    }


@pytest.mark.parametrize("parts", PARTS)
async def test_a_further_change_begins_anew(
    database: Database, campaign: Campaign, parts: int
) -> None:
    await asks(database)
    await counts_parts(database, campaign, parts)
    await lets_count(database, 1000)
    await asks(database, tracking_name="Second", friends=1)
    await counted(database)
    names = [(name, referrer) for referrer, _, name, _ in await found(database)]
    assert {each: names.count(each) for each in names} == {
        **{("Refer", 1): 5, ("Refer", 2): 2, ("Refer", 5): 2},
        **{("Second", 1): 1, ("Second", 2): 1, ("Second", 5): 1},
    }


@pytest.mark.parametrize("parts", PARTS)
async def test_an_action_that_is_deleted_is_counted_no_longer(
    database: Database, campaign: Campaign, parts: int
) -> None:
    await asks(database)
    await counts_parts(database, campaign, parts)
    [action] = await database.read(actions.of_campaign, campaign.id)
    await delete_action(database, action)
    await counted(database)
    assert not await begun(database)
    assert await found(database) == set()
