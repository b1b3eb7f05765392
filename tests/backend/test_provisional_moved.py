"""A browser with provisional actions changes hands: a draw and a reward stay, totals follow it."""

from __future__ import annotations

import asyncio

import pytest

from tests.backend.linking import counting, follow, notes, tell, visit
from tests.backend.stored import NOW, campaign_in, campaign_with, enter, query, query_write
from trk.services.code_uploads import add_codes
from trk.store import counters, draws
from trk.store.database import Database
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns


async def test_a_draw_stays_as_it_was_frozen(database: Database, writer: Writer) -> None:
    campaign = await campaign_with(database, worth=5)
    giver = await enter(database, campaign, 9)
    await follow(database, writer, 1, giver, 1)
    await tell(writer, 2, 1, ["Purchase"])
    await database.write(draws.freeze, campaign, "seed", NOW)
    person = await enter(database, campaign, 1)
    assert await counting(database) == [(person, None)]
    drawn = await query(database, "SELECT entrant_id, entries FROM draw_entries")
    assert [(row["entrant_id"], row["entries"]) for row in drawn] == [(giver, 5)]


async def test_a_reward_that_was_given_stays_and_is_noted_and_the_person_gets_theirs(
    database: Database, writer: Writer
) -> None:
    await campaign_with(database)
    await query_write(
        database, "UPDATE campaigns SET kind = 'reward', reward_kind = 'codes', reward_after = 1"
    )
    campaign = await campaign_in(database)
    await add_codes(database, campaign, ["first", "second"])
    giver = await enter(database, campaign, 9)
    await follow(database, writer, 1, giver, 1)
    await tell(writer, 2, 1, ["Purchase"])
    person = await enter(database, campaign, 1)
    claims = await query(database, "SELECT entrant_id, value FROM claims ORDER BY id")
    assert [(row["entrant_id"], row["value"]) for row in claims] == [
        (giver, "first"),
        (person, "second"),
    ]
    assert await notes(database) == [
        (
            giver,
            "moved",
            f"1 completed action was done in browser 00000000, which is entrant {person}’s. "
            "What this entrant has got as a reward stays theirs.",
        ),
        (
            person,
            "moved",
            "1 completed action was done in this entrant’s browser 00000000; so far for entrant "
            f"{giver}.",
        ),
    ]


async def test_the_totals_are_right_also_where_they_are_counted_already(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, worth=5)
    giver, person = await enter(database, campaign, 9), await enter(database, campaign, 1)
    await tell(writer, 1, 1, ["Purchase"])
    await follow(database, writer, 2, giver, 2)
    await tell(writer, 3, 2, ["Purchase"])
    await database.write(counters.fold, "completions", 1000)
    sql = f"SELECT {counters.worth(str(campaign.id))} AS n"
    assert (await query(database, sql))[0]["n"] == 10
    await visit(database, person, 2)
    assert (await query(database, sql))[0]["n"] == 5


async def test_a_push_that_is_stored_while_its_browser_changes_hands_is_the_persons(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    giver = await enter(database, campaign, 9999, linked=False)
    for n in range(1, 9):
        await follow(database, writer, n, giver, n)
        _, person = await asyncio.gather(
            tell(writer, 100 + n, n, ["Purchase", str(n)]), enter(database, campaign, n)
        )
        assert (person, str(n)) in await counting(database)
    assert len(await counting(database)) == 8
