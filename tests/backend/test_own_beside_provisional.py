"""What an entrant did themselves counts for them when what had been done before it, in a browser
that was linked by a token alone, turns out to be another's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.backend.linking import counting, follow, given, listed, tell, visit
from tests.backend.stored import (
    NOW,
    beacon_id,
    campaign_in,
    campaign_with,
    enter,
    query,
    query_write,
)
from trk.core.beacon import Answer, Beacon
from trk.core.campaign import Campaign
from trk.services import corrections
from trk.services import people as privacy
from trk.services.code_uploads import add_codes
from trk.store import actions, answers
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.submissions import Submission, named_visitor
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns

Own = Callable[[Database, Writer, Campaign, int], Awaitable[str]]
"""What the giver did besides, a day later; what became of it."""
DAY = 24 * 3_600_000
ASKED = {"verification": "question_or_tracking", "question": "Which one?"}


async def call(writer: Writer, number: int, entrant: int, *pairs: list[str | None]) -> Answer:
    """A call of the customer's server that names an entrant."""
    beacon = Beacon(beacon_id(number), named_visitor(entrant), list(pairs))
    sent = Submission("y2sB7", beacon, NOW, vouched=True, entrant_id=entrant)
    reply = await writer.submit(sent)
    assert isinstance(reply, Answer)
    return reply


async def say(database: Database, campaign: Campaign, entrant: int, said: str) -> str:
    """An answer of an entrant to the campaign's question; what became of it."""
    [action] = await database.read(actions.of_campaign, campaign.id)
    decision = await database.write(answers.give, campaign, action, entrant, said, NOW)
    return decision.outcome


async def sources(database: Database, entrant: int) -> list[str]:
    sql = f"SELECT source FROM completions WHERE entrant_id = {entrant}"
    return [row["source"] for row in await query(database, sql)]


@pytest.mark.parametrize("comes", ["before", "after"])
@pytest.mark.parametrize("frequency", ["once", "daily"])
async def test_an_own_push_after_that_of_a_familys_tablet(
    frequency: str, comes: str, database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, frequency=frequency)
    giver = await enter(database, campaign, 9)
    assert await follow(database, writer, 2, giver, 1) == []
    await tell(writer, 3, 1, ["Purchase", "kid"])
    assert (await tell(writer, 4, 9, ["Purchase", "own"])).pairs == ["repeated"]
    assert (await tell(writer, 5, 9, ["Purchase", "own again"])).pairs == ["repeated"]
    if comes == "before":
        person = await enter(database, campaign, 1)
    else:
        person = await enter(database, campaign, 2)
        await visit(database, person, 1)
    assert await counting(database) == [(giver, "own"), (person, "kid")]
    assert (await tell(writer, 4, 9, ["Purchase", "own"])).pairs == ["repeated"]
    assert (await listed(database, giver)).entries == 1


async def test_day_by_day_only_where_there_is_something_of_their_own(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, frequency="daily")
    giver = await enter(database, campaign, 9)
    await follow(database, writer, 2, giver, 1)
    for day in range(3):
        await tell(writer, 10 + day, 1, ["Purchase", f"kid {day}"], at=NOW + day * DAY)
    for day in (0, 2):
        await tell(writer, 20 + day, 9, ["Purchase", f"own {day}"], at=NOW + day * DAY)
    person = await enter(database, campaign, 1)
    assert await counting(database) == [
        *((giver, f"own {day}") for day in (0, 2)),
        *((person, f"kid {day}") for day in range(3)),
    ]


@pytest.mark.parametrize("frequency", ["once", "daily"])
async def test_an_own_answer(frequency: str, database: Database, writer: Writer) -> None:
    campaign = await campaign_with(database, frequency=frequency, **ASKED)
    giver = await enter(database, campaign, 9)
    await follow(database, writer, 2, giver, 1)
    await tell(writer, 3, 1, ["Purchase", "kid"])
    assert await say(database, campaign, giver, "my own") == "repeated"
    person = await enter(database, campaign, 1)
    assert await counting(database) == [(giver, "my own"), (person, "kid")]
    assert await sources(database, giver) == ["question"]


async def test_an_answer_beside_what_is_sure_is_not_kept(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, **ASKED)
    giver = await enter(database, campaign, 9)
    await tell(writer, 1, 9, ["Purchase", "own"])
    assert await say(database, campaign, giver, "again") == "repeated"
    assert len(await query(database, "SELECT id FROM trackings")) == 1


async def test_an_answer_that_is_kept_is_exported_and_erased(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, **ASKED)
    giver = await enter(database, campaign, 9, linked=False)
    await follow(database, writer, 2, giver, 1)
    await tell(writer, 3, 1, ["Purchase", "kid"])
    await say(database, campaign, giver, "my own")
    found = await privacy.export(database, "9@example.org")
    assert found is not None
    assert "my own" in [row["value"] for row in found["campaigns"][0]["trackings"]]
    await privacy.erase(database, "9@example.org")
    assert "my own" not in str([dict(r) for r in await query(database, "SELECT * FROM trackings")])


async def test_a_call_of_the_customers_server(database: Database, writer: Writer) -> None:
    campaign = await campaign_with(database)
    giver = await enter(database, campaign, 9, linked=False)
    await follow(database, writer, 2, giver, 1)
    await tell(writer, 3, 1, ["Purchase", "kid"])
    assert (await call(writer, 4, giver, ["Purchase", "own"])).pairs == ["repeated"]
    person = await enter(database, campaign, 1)
    assert await counting(database) == [(giver, "own"), (person, "kid")]
    assert await sources(database, giver) == ["api"]


async def test_what_another_given_browser_did_stays_provisional(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, unique_value=True)
    giver = await enter(database, campaign, 9, linked=False)
    for by in (1, 2, 3):
        await follow(database, writer, by, giver, by)
        await tell(writer, 10 + by, by, ["Purchase", f"order {by}"])
    persons = []
    for by in (1, 2, 3):
        persons.append(await enter(database, campaign, by))
        rest = [(giver, f"order {by + 1}")] if by < 3 else []
        theirs = [(who, f"order {n}") for n, who in enumerate(persons, 1)]
        assert await counting(database) == [*rest, *theirs]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_the_person_had_done_as_well_leaves_the_giver_free(
    when: str, database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, worth=5)
    giver, person = await enter(database, campaign, 9), await enter(database, campaign, 1)
    await tell(writer, 1, 1, ["Purchase", "the person's"])
    await follow(database, writer, 2, giver, 2)
    await tell(writer, 3, 2, ["Purchase", "the tablet's"])
    if when == "before":
        await tell(writer, 4, 9, ["Purchase", "own"])
    await visit(database, person, 2)
    if when == "after":
        assert (await tell(writer, 4, 9, ["Purchase", "own"])).unlocked == ["Purchase"]
    assert await counting(database) == [(giver, "own"), (person, "the person's")]


async def test_what_was_done_before_a_block_is_there_when_it_ends(
    database: Database, writer: Writer
) -> None:
    campaign, giver = await given(database, writer, 2)
    await tell(writer, 3, 1, ["Purchase", "kid"])
    await tell(writer, 4, 9, ["Purchase", "own"])
    await database.write(corrections.block, campaign, giver, Cause("A mistake.", NOW))
    await tell(writer, 5, 9, ["Purchase", "while blocked"])
    await enter(database, campaign, 1)
    await database.write(corrections.unblock, campaign, giver, Cause("It was one.", NOW))
    assert (giver, "own") in await counting(database)


async def test_the_reward_for_it_is_given(database: Database, writer: Writer) -> None:
    await campaign_with(database)
    await query_write(
        database, "UPDATE campaigns SET kind = 'reward', reward_kind = 'codes', reward_after = 1"
    )
    campaign = await campaign_in(database)
    giver = await enter(database, campaign, 9)
    await follow(database, writer, 2, giver, 1)
    await tell(writer, 3, 1, ["Purchase", "kid"])
    await tell(writer, 4, 9, ["Purchase", "own"])
    person = await enter(database, campaign, 1)
    await add_codes(database, campaign, ["first", "second"])
    claims = await query(database, "SELECT entrant_id FROM claims ORDER BY entrant_id")
    assert [row["entrant_id"] for row in claims] == [giver, person]


async def test_a_refused_beacon_whose_browser_moved_gets_the_same_answer_again(
    database: Database, writer: Writer
) -> None:
    campaign, giver = await given(database, writer)
    await database.write(corrections.block, campaign, giver, Cause("A cheat.", NOW))
    first = await tell(writer, 2, 1, ["Purchase", "17"])
    person = await enter(database, campaign, 1)
    again = await tell(writer, 2, 1, ["Purchase", "17"])
    assert (again.pairs, again.refused, again.duplicate) == (first.pairs, first.refused, True)
    assert await counting(database) == [(person, "17")]


async def test_what_is_done_while_a_browser_changes_hands_counts_for_both(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    for n in range(1, 7):
        giver = await enter(database, campaign, 100 + n)
        await follow(database, writer, n, giver, n)
        await tell(writer, 20 + n, n, ["Purchase", f"kid {n}"])
        _, person = await asyncio.gather(
            tell(writer, 40 + n, 100 + n, ["Purchase", f"own {n}"]), enter(database, campaign, n)
        )
        found = await counting(database)
        assert (giver, f"own {n}") in found
        assert (person, f"kid {n}") in found


async def by_push(database: Database, writer: Writer, campaign: Campaign, giver: int) -> str:
    return (await tell(writer, 30, 9, ["Purchase", "X"], at=NOW + DAY)).pairs[0]


async def by_call(database: Database, writer: Writer, campaign: Campaign, giver: int) -> str:
    beacon = Beacon(beacon_id(31), named_visitor(giver), [["Purchase", "x "]])
    sent = Submission("y2sB7", beacon, NOW + DAY, vouched=True, entrant_id=giver)
    reply = await writer.submit(sent)
    assert isinstance(reply, Answer)
    return reply.pairs[0]


async def by_answer(database: Database, writer: Writer, campaign: Campaign, giver: int) -> str:
    [action] = await database.read(actions.of_campaign, campaign.id)
    return (await database.write(answers.give, campaign, action, giver, "X", NOW + DAY)).outcome


@pytest.mark.parametrize("own", [by_push, by_call, by_answer])
@pytest.mark.parametrize("done", [True, False])
async def test_a_value_that_is_free_again_counts_where_they_used_it_themselves_on_another_day(
    own: Own, done: bool, database: Database, writer: Writer
) -> None:
    """Where the person has not `done` that day's action, the value goes along to them."""
    campaign = await campaign_with(database, unique_value=True, frequency="daily", **ASKED)
    giver, person = await enter(database, campaign, 9), await enter(database, campaign, 2)
    if done:
        await tell(writer, 1, 2, ["Purchase", "the person's"])
    await follow(database, writer, 2, giver, 1)
    assert (await tell(writer, 3, 1, ["Purchase", "X"])).unlocked == ["Purchase"]
    assert await own(database, writer, campaign, giver) == "repeated"
    await visit(database, person, 1)
    found = [(who, value and value.strip().upper()) for who, value in await counting(database)]
    if done:
        assert found == [(giver, "X"), (person, "THE PERSON'S")]
        [value] = await query(
            database, f"SELECT action_id FROM unique_values WHERE entrant_id = {giver}"
        )
        assert value["action_id"]
    else:
        assert found == [(person, "X")]
        [row] = await query(
            database, f"SELECT settled, refusal FROM trackings WHERE entrant_id = {giver}"
        )
        assert row["settled"] == "refused"
        assert row["refusal"].startswith("value_used:")


async def test_an_answer_that_repeats_what_is_theirs_for_good_is_not_kept(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, unique_value=True, frequency="daily", **ASKED)
    giver = await enter(database, campaign, 9)
    await tell(writer, 1, 9, ["Purchase", "X"])
    assert await by_answer(database, writer, campaign, giver) == "repeated"
    assert len(await query(database, "SELECT id FROM trackings")) == 1
