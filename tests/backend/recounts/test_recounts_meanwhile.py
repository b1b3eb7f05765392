"""What friends, referrers and owners do between the parts of a recount comes out as if it had come
before it or after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.backend.recounts.friends import (
    FRIENDS,
    asks,
    begun,
    counted,
    crowd,
    found,
    lets_count,
    number_of,
    settles,
)
from tests.backend.stored import NOW, query, query_write
from trk.core.campaign import Campaign
from trk.services import recounting as counting
from trk.services.actions import delete_action
from trk.store import actions, confirmations, erasure, leaving_out, people, recounting
from trk.store.arrivals import Came
from trk.store.confirmations import Here, NewLink
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.program import Transaction

Deed = Callable[[Database, Campaign], Awaitable[Any]]
PARTS = (0, 4, 7, 9, 11, 13, 15, 17)
"""After how many parts something happens, of twelve, or of eighteen where only confirmed e-mails
count."""


def enters(referrer: int, at: int = NOW + 100) -> Deed:
    async def deed(database: Database, campaign: Campaign) -> None:
        await database.write(
            lambda tx: confirmations.enter(
                tx,
                campaign,
                Came(),
                NewLink(f"link {campaign.id} {referrer}", "u", ""),
                now=at,
                browser="",
                referrer=number_of(campaign, referrer),
                name="Someone",
                email=f"late{referrer}@example.org",
                session_hash=f"session {campaign.id} {referrer}",
                visitor=None,
            )
        )

    return deed


def confirms(who: int) -> Deed:
    async def deed(database: Database, campaign: Campaign) -> None:
        await query_write(
            database,
            "INSERT INTO confirmations (campaign_id, token_hash, entrant_id, expires_at) "
            f"VALUES ({campaign.id}, 'token {campaign.id}', {number_of(campaign, who)}, {2**50})",
        )
        link = f"token {campaign.id}"
        here = Here(None, Came())
        await database.write(
            lambda tx: confirmations.go_on_here(tx, campaign, link, here, "new", NOW + 100)
        )

    return deed


def blocks(who: int, at: int = 2**45) -> Deed:
    async def deed(database: Database, campaign: Campaign) -> None:
        chosen = [number_of(campaign, who)]
        await database.write(leaving_out.several, campaign, chosen, Cause("Robots.", at))

    return deed


def lets_in(who: int) -> Deed:
    async def deed(database: Database, campaign: Campaign) -> None:
        chosen = [number_of(campaign, who)]
        await database.write(leaving_out.let_in, campaign, chosen, Cause("People.", 2**45 + 1))

    return deed


def erases(who: int) -> Deed:
    async def deed(database: Database, campaign: Campaign) -> None:
        async def program(tx: Transaction) -> None:
            known = await people.by_email(tx, f"{who}@example.org")
            [one] = [each for each in known if each.campaign_key == campaign.key]
            await erasure.forget(tx, one, await people.linked(tx, one), 0, NOW)

        await database.write(program)

    return deed


async def makes(database: Database, campaign: Campaign) -> None:
    await asks(database, campaign.key)


async def is_strict(database: Database, campaign: Campaign) -> None:
    await settles(database, campaign.key, confirmed_only=True)


async def is_lenient(database: Database, campaign: Campaign) -> None:
    await settles(database, campaign.key, confirmed_only=False)


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
        for _ in range(parts):
            await database.write(counting.count_part, campaign)
        await does(database, campaign)
        await counted(database)
        # Of one referrer's friends none has to do with another one's.
        for who, friends in (await counting_for(database, campaign)).items():
            assert friends in [each[who] for each in either], (parts, who)


async def counting_for(database: Database, campaign: Campaign) -> dict[int, set[Any]]:
    """Who counts for which action of each referrer who is not erased. Who came late is called 0:
    their number is of no crowd."""
    rows = await query(database, "SELECT id FROM entrants WHERE erased_at IS NOT NULL")
    erased = {row["id"] for row in rows}
    friends: dict[int, set[Any]] = {
        each: set() for each in FRIENDS if number_of(campaign, each) not in erased
    }
    for who, friend, name, reason in await found(database, campaign.key):
        if who in friends and reason is None:
            friends[who].add((friend if 0 < friend < 100 else 0, name))
    return friends


@pytest.mark.parametrize("parts", PARTS)
async def test_for_a_referrer_who_is_blocked_in_between_and_let_in_later_all_friends_count(
    database: Database, campaign: Campaign, parts: int
) -> None:
    await asks(database)
    for _ in range(parts):
        await database.write(counting.count_part, campaign)
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
    for _ in range(parts):
        await database.write(counting.count_part, campaign)
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
    for _ in range(parts):
        await database.write(counting.count_part, campaign)
    [action] = await database.read(actions.of_campaign, campaign.id)
    await delete_action(database, action)
    await counted(database)
    assert not await begun(database)
    assert await found(database) == set()
