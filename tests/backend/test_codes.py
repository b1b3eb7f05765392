"""Codes that run out: each owner gets one mail before, and one when they are gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.backend import linking
from tests.backend.at_once import given_up
from tests.backend.claiming import add, campaign_of, claim_at_once, earners, list_codes
from tests.backend.stored import NOW, enter, push, query_write
from trk.core.campaign import Campaign
from trk.services.code_uploads import add_codes
from trk.store import campaigns, codes, mails, rewards
from trk.store.beacons import store
from trk.store.database import Database
from trk.store.pages import Span
from trk.store.program import Transaction
from trk.store.storing import StoringHere
from trk.store.writer import Writer

PEOPLE = 50


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The same database, as another process has it open."""
    opened = Database(database_url)
    await opened.open()
    yield opened
    await opened.close()


async def told(database: Database, campaign: Campaign) -> dict[str, list[str]]:
    """The subjects that each owner was sent, in order."""
    listed = await database.read(mails.listed, campaign, Span(limit=1000))
    subjects: dict[str, list[str]] = {}
    for row in listed.rows:
        if row.recipient.startswith("owner"):
            subjects.setdefault(row.recipient, []).append(row.subject)
    return subjects


def each_owner(*subjects: str) -> dict[str, list[str]]:
    return {f"owner{number}@example.org": list(subjects) for number in range(2)}


LOW, GONE = "Codes are running out: Thanks", "No codes left: Thanks"


@pytest.mark.parametrize(
    ("listed", "subjects"),
    [
        (PEOPLE + 10, ()),  # 10 of 60 are left, and 6 would be few
        (PEOPLE + 5, (LOW,)),
        (PEOPLE + 1, (LOW,)),
        (PEOPLE, (LOW, GONE)),
        (PEOPLE - 20, (LOW, GONE)),
        (0, (GONE,)),
    ],
)
async def test_of_50_claims_at_once_each_owner_is_told_just_once(
    database: Database, other: Database, listed: int, subjects: tuple[str, ...]
) -> None:
    campaign = await campaign_of(database)
    people = await earners(database, campaign, PEOPLE)
    await list_codes(database, campaign, listed)
    assert await database.read(rewards.stock, campaign) == (listed, listed)
    await claim_at_once((database, other), campaign, people)
    assert await database.read(rewards.stock, campaign) == (listed, max(0, listed - PEOPLE))
    assert await told(database, campaign) == (each_owner(*subjects) if subjects else {})


async def test_of_beacons_at_once_that_take_the_last_codes_each_owner_is_told_just_once(
    database: Database, other: Database, writer: Writer
) -> None:
    campaign = await campaign_of(database)
    for number in range(PEOPLE):
        await enter(database, campaign, number)
    await add(database, campaign, "CODE", PEOPLE - 5)
    second = Writer(StoringHere(other))
    task = asyncio.create_task(second.run())
    await asyncio.gather(
        *[push((writer, second)[n % 2], n, ["Purchase"], by=n) for n in range(PEOPLE)]
    )
    second.close()
    await task
    subjects = await told(database, campaign)
    assert len(subjects) == 2
    for sent in subjects.values():  # a group of beacons may go past what is few at once
        assert sent in ([GONE], [LOW, GONE])


async def test_once_codes_were_added_the_owners_are_told_again(
    database: Database, other: Database
) -> None:
    campaign = await campaign_of(database)
    people = await earners(database, campaign, PEOPLE)
    await list_codes(database, campaign, 1)
    await claim_at_once((database, other), campaign, people[:20])
    assert await told(database, campaign) == each_owner(GONE)
    # 49 wait; all who earned one get one, and 11 of 61 are left.
    await add(database, campaign, "MORE", 60)
    assert await database.read(rewards.stock, campaign) == (61, 11)
    assert await told(database, campaign) == each_owner(GONE)
    more = [await enter(database, campaign, 100 + n, linked=False) for n in range(12)]
    for person in more:
        await query_write(
            database,
            "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, source, "
            f"happened_at, completed_at) SELECT campaign_id, {person}, id, '', 1, 'api', 1, 1 "
            "FROM actions",
        )
    await claim_at_once((database, other), campaign, more[:5])
    assert await told(database, campaign) == each_owner(GONE, LOW)
    await claim_at_once((database, other), campaign, more[5:])
    assert await told(database, campaign) == each_owner(GONE, LOW, GONE)


async def test_codes_that_all_go_to_who_waits_are_gone_again_at_once(database: Database) -> None:
    campaign = await campaign_of(database)
    people = await earners(database, campaign, 5)
    await claim_at_once((database,), campaign, people)
    await add(database, campaign, "CODE", 3)
    assert await told(database, campaign) == each_owner(GONE, GONE)
    supply = await database.read(rewards.supply, campaign)
    assert supply is not None
    assert (supply.stock, supply.shortage, supply.waiting) == ((3, 0), "gone", 2)


async def test_known_codes_tell_nobody_anything_again(database: Database) -> None:
    campaign = await campaign_of(database)
    people = await earners(database, campaign, 2)
    await list_codes(database, campaign, 1)
    await claim_at_once((database,), campaign, people)
    assert await add_codes(database, campaign, ["CODE-0"]) == 0
    assert await told(database, campaign) == each_owner(GONE)


async def test_a_claim_that_is_not_stored_tells_nobody(database: Database) -> None:
    campaign = await campaign_of(database)
    people = await earners(database, campaign, 1)

    class Crashed(Exception):
        pass

    async def program(tx: Transaction) -> None:
        await rewards.grant(tx, campaign, people, NOW)
        raise Crashed

    with pytest.raises(Crashed):
        await database.write(program)
    assert await told(database, campaign) == {}
    await claim_at_once((database,), campaign, people)
    assert await told(database, campaign) == each_owner(GONE)


async def test_a_reward_that_is_no_list_of_codes_never_runs_out(database: Database) -> None:
    await campaign_of(database)
    await query_write(database, "UPDATE campaigns SET reward_kind = 'shared', reward_value = 'T'")
    campaign = await database.read(campaigns.by_key, "y2sB7")
    assert campaign is not None
    await claim_at_once((database,), campaign, await earners(database, campaign, 3))
    assert len((await database.read(rewards.claims, campaign, Span())).rows) == 3
    assert await told(database, campaign) == {}
    assert await database.read(codes.short, [campaign.id]) == {}
    assert await database.read(rewards.supply, campaign) is None


async def test_beacons_that_earn_codes_of_two_campaigns_wait_for_each_other_in_one_order(
    database: Database, other: Database
) -> None:
    both = [await campaign_of(database), await campaign_of(database, "other1", owned=0)]
    for each in both:
        await list_codes(database, each, PEOPLE)
        for n in range(PEOPLE):
            await enter(database, each, n)
    programs = {
        str(n): partial(
            store,
            group=[
                linking.sent(n, n, ["Purchase"], key=each.key)
                for each in (both if n % 2 else both[::-1])
            ],
        )
        for n in range(PEOPLE)
    }
    assert await given_up((database, other), programs) == []
    for campaign in both:
        assert await database.read(rewards.stock, campaign) == (PEOPLE, 0)


async def test_the_mails_say_how_many_are_left_and_what_to_do(database: Database) -> None:
    campaign = await campaign_of(database, owned=1)
    await query_write(database, "UPDATE owners SET name = 'Ann\r\nBcc: x@example.org'")
    people = await earners(database, campaign, 20)
    await list_codes(database, campaign, 20)
    await claim_at_once((database,), campaign, people)
    listed = await database.read(mails.listed, campaign, Span(limit=1000))
    low, gone = [row.body for row in listed.rows if row.recipient.startswith("owner")]
    assert low.startswith("Hello Ann Bcc: x@example.org,\n\n“Thanks” has 2 of its 20 codes left.")
    assert "“Thanks” has no codes left." in gone
    for body in (low, gone):
        assert "page “Codes”" in body
        assert "\r" not in body
