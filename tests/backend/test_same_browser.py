"""Two visitor ids of one browser: what was sent under either is one person's."""

from __future__ import annotations

import asyncio

import pytest

from tests.backend.stored import (
    NOW,
    beacon_id,
    campaign_with,
    completions,
    enter,
    push,
    query,
    told,
    visitor,
)
from trk.core.beacon import Answer, Beacon, checked
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft
from trk.core.keys import token_hash
from trk.core.rejection import Rejection
from trk.services import people as privacy
from trk.services.actions import make_action
from trk.services.jobs.retention import Retention
from trk.store import actions, browsers, xrefs
from trk.store.database import Database
from trk.store.submissions import Submission
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns


async def unite(
    writer: Writer, number: int, one: int, was: int, *pairs: list[str | None]
) -> Answer:
    """The beacon of a browser that says which other id it has used."""
    beacon = Beacon(beacon_id(number), visitor(one), list(pairs), was=visitor(was))
    reply = await writer.submit(Submission("y2sB7", beacon, NOW))
    assert isinstance(reply, Answer)
    return reply


async def linked(database: Database) -> dict[str, int]:
    rows = await query(database, "SELECT visitor, entrant_id FROM links")
    return {row["visitor"]: row["entrant_id"] for row in rows}


async def left(database: Database) -> list[str]:
    """The visitors of whom something is remembered, and those who are said to share a browser."""
    rows = await query(
        database, "SELECT visitor FROM same_browsers UNION ALL SELECT visitor FROM shared_visitors"
    )
    return sorted(row["visitor"] for row in rows)


@pytest.mark.parametrize(("one", "was"), [(1, 2), (2, 1)])
async def test_the_id_that_is_not_linked_is_linked_and_what_waited_completes(
    database: Database, writer: Writer, one: int, was: int
) -> None:
    campaign = await campaign_with(database)
    entrant = await enter(database, campaign, 1)
    assert (await told(writer, 1, ["Purchase", "17"], by=2)).pairs == ["waiting"]
    answer = await unite(writer, 2, one, was)
    assert answer == Answer([], False, [], [])
    assert [row["details"] for row in await completions(database, campaign)] == ["17"]
    assert await linked(database) == {visitor(1): entrant, visitor(2): entrant}
    assert (await unite(writer, 2, one, was)).pairs == []
    assert await left(database) == []


async def test_pairs_beside_it_complete_in_the_same_transaction(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await enter(database, campaign, 1)
    assert (await unite(writer, 1, 2, 1, ["Purchase"])).unlocked == ["Purchase"]


async def test_without_a_link_it_is_remembered_until_one_of_them_is_linked(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await database.write(make_action, campaign, ActionDraft("Visit", "Visit"))
    await unite(writer, 1, 1, 2)
    await told(writer, 2, ["Purchase"], by=1)
    await told(writer, 3, ["Visit"], by=2)
    entrant = await enter(database, campaign, 1)
    assert len(await completions(database, campaign)) == 2
    assert await linked(database) == {visitor(1): entrant, visitor(2): entrant}
    assert await left(database) == []


async def test_of_what_waited_under_both_the_oldest_counts(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await told(writer, 1, ["Purchase", "first"], by=2)
    await told(writer, 2, ["Purchase", "second"], by=1)
    await unite(writer, 3, 1, 2)
    await enter(database, campaign, 1)
    assert [row["details"] for row in await completions(database, campaign)] == ["first"]


async def test_an_xref_links_them_all(database: Database, writer: Writer) -> None:
    campaign = await campaign_with(database)
    await unite(writer, 1, 1, 2)
    entrant = await enter(database, campaign, 9, linked=False)
    [action] = await database.read(actions.of_campaign, campaign.id)
    token = token_hash("token")
    await database.write(xrefs.mint, campaign, entrant, action.id, token, NOW)
    await push(writer, 2, by=2, xref="token")
    assert await linked(database) == {visitor(1): entrant, visitor(2): entrant}


async def test_chains_hold(database: Database, writer: Writer) -> None:
    campaign = await campaign_with(database)
    for number, (one, was) in enumerate(((2, 1), (3, 2), (4, 5), (4, 3)), 1):
        await unite(writer, number, one, was)
    await unite(writer, 9, 7, 8)  # somebody else
    entrant = await enter(database, campaign, 5)
    assert await linked(database) == {visitor(each): entrant for each in (1, 2, 3, 4, 5)}
    await unite(writer, 10, 6, 1)
    assert (await linked(database))[visitor(6)] == entrant
    assert await left(database) == [visitor(7), visitor(8)]


async def test_a_chain_that_meets_a_link_is_linked_as_a_whole(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    entrant = await enter(database, campaign, 1)
    await unite(writer, 1, 3, 2)
    await unite(writer, 2, 1, 2)
    assert await linked(database) == {visitor(each): entrant for each in (1, 2, 3)}


async def test_two_that_are_linked_stay_as_they_are_and_nobody_is_said_to_share(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    first, second = await enter(database, campaign, 1), await enter(database, campaign, 2)
    await unite(writer, 1, 1, 2)
    assert await linked(database) == {visitor(1): first, visitor(2): second}
    assert await left(database) == []


async def test_an_id_that_was_itself_means_nothing(database: Database, writer: Writer) -> None:
    await campaign_with(database)
    await unite(writer, 1, 1, 1)
    assert await left(database) == []


async def test_each_campaign_has_its_own(database: Database, writer: Writer) -> None:
    campaign = await campaign_with(database)
    await unite(writer, 1, 1, 2)
    other = Campaign(name="Other", id=campaign.id + 1, key="other1", slug="other")
    assert await database.write(browsers.take, other, visitor(1)) == []
    assert await database.write(browsers.take, campaign, visitor(1)) == [visitor(2)]


async def test_no_more_than_some_ids_are_taken_for_one_browsers(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    for number in range(2, 2 * browsers.MOST):
        await unite(writer, number, 1, number)
    await enter(database, campaign, 1)
    assert len(await linked(database)) == browsers.MOST


async def test_who_enters_at_the_same_moment_is_linked_under_both(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    for number in range(1, 31):
        await asyncio.gather(
            unite(writer, number, number, 1000 + number), enter(database, campaign, number)
        )
    found = await linked(database)
    for number in range(1, 31):
        assert found[visitor(number)] == found[visitor(1000 + number)]
    assert await left(database) == []


async def test_the_other_id_is_exported_and_erased_with_the_person(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await unite(writer, 1, 1, 2)
    await told(writer, 2, ["unknown", "x"], by=2)
    await enter(database, campaign, 1)
    found = await privacy.export(database, "1@example.org")
    assert found is not None
    [record] = found["campaigns"]
    assert {row["visitor"] for row in record["links"]} == {visitor(1), visitor(2)}
    assert [row["name"] for row in record["trackings"]] == ["unknown"]
    # What its browser says while it is erased goes too.
    await database.write(browsers.remember, campaign, visitor(3), visitor(2), NOW)
    await privacy.erase(database, "1@example.org")
    assert await linked(database) == {}
    assert await left(database) == []
    assert await query(database, "SELECT id FROM trackings") == []


async def test_what_is_remembered_of_a_campaign_that_is_over_is_erased_in_time(
    database: Database, writer: Writer
) -> None:
    await campaign_with(database)
    await unite(writer, 1, 1, 2)
    await database.write(lambda tx: tx.fetch(f"UPDATE campaigns SET ends_at = {NOW}"))
    day = 24 * 3_600_000
    assert await Retention(database, 90).sweep(NOW + 90 * day) == 0
    assert await Retention(database, 90).sweep(NOW + 91 * day) == 2


@pytest.mark.parametrize("was", ["", "x", "A" * 32])
def test_a_was_of_another_shape_is_refused(was: str) -> None:
    beacon = Beacon(beacon_id(1), visitor(1), [], was=was)
    refusal = checked(beacon)
    assert isinstance(refusal, Rejection)
    assert refusal.message == f"was is {was!r}; expected 32 lower-case hexadecimal digits."
