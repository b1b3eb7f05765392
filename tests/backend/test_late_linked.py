"""Late trackings that the owner counts: whose they are, and who has vouched for them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.backend.linking import HOUR, counting, follow, given, late, minted, over, tell, visit
from tests.backend.stored import NOW, campaign_with, enter, query, query_write
from trk.core.campaign import Campaign
from trk.core.rejection import Rejection
from trk.core.unlock import Decision
from trk.store.database import Database
from trk.store.late import count
from trk.store.submissions import Submission, named_visitor
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns


async def come(writer: Writer, submission: Submission) -> None:
    """Something that comes late."""
    reply = await writer.submit(submission)
    assert isinstance(reply, Rejection)
    assert reply.code == "late"


async def let_count(database: Database, campaign: Campaign) -> Decision:
    """The owner's word for the late tracking."""
    [row] = await query(
        database, "SELECT id FROM trackings WHERE settled IS NULL AND refusal LIKE 'late:%'"
    )
    decision = await database.write(count, campaign, row["id"], NOW + 5 * HOUR)
    assert decision is not None
    return decision


@pytest.mark.parametrize("enters", ["before", "after"])
@pytest.mark.parametrize("kind", [{}, {"unique_value": True}, {"frequency": "daily"}])
async def test_what_a_given_browser_sent_late_is_the_persons_who_enters_in_it(
    kind: dict[str, Any], enters: str, database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, **kind)
    giver = await enter(database, campaign, 9)
    await follow(database, writer, 1, giver, 1)
    campaign = await over(database)
    await come(writer, late(2, 1, ["Purchase", "17"]))
    if enters == "before":
        person = await enter(database, campaign, 1)
        await query_write(database, "UPDATE entrants SET created_at = 1")
    assert (await let_count(database, campaign)).outcome == "unlocked"
    if enters == "after":
        assert await counting(database) == [(giver, "17")]
        person = await enter(database, campaign, 1)
    assert await counting(database) == [(person, "17")]


async def test_what_the_giver_had_done_already_counts_late_for_the_person(
    database: Database, writer: Writer
) -> None:
    campaign, giver = await given(database, writer)
    campaign = await over(database)
    await writer.submit(late(3, 9, ["Purchase", "own"])._replace(received_at=NOW + HOUR))
    sent = late(2, 1, ["Purchase", "17"])
    await come(writer, sent)
    assert (await let_count(database, campaign)).outcome == "repeated"
    person = await enter(database, campaign, 1)
    assert await counting(database) == [(giver, "own"), (person, "17")]
    reply = await writer.submit(sent)
    assert isinstance(reply, Rejection)
    assert reply.code == "late"


async def test_what_the_session_has_shown_is_the_givers_for_good(
    database: Database, writer: Writer
) -> None:
    campaign, giver = await given(database, writer)
    await visit(database, giver, 1, by_address=False)
    campaign = await over(database)
    await come(writer, late(2, 1, ["Purchase", "17"]))
    await let_count(database, campaign)
    assert await query(database, "SELECT id FROM trackings WHERE provisional = 1") == []
    await enter(database, campaign, 1)
    assert await counting(database) == [(giver, "17")]


@pytest.mark.parametrize("by", ["a page", "a server, of a visitor", "a server, of an entrant"])
async def test_a_late_call_needs_no_signature_as_it_would_have_needed_none_in_time(
    by: str, database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, signed=True)
    entrant = await enter(database, campaign, 2)
    campaign = await over(database)
    sent = late(1, 2, ["Purchase", "v"])._replace(vouched=by != "a page")
    if by == "a server, of an entrant":
        beacon = replace(sent.beacon, visitor=named_visitor(entrant))
        sent = sent._replace(beacon=beacon, entrant_id=entrant)
    await come(writer, sent)
    decision = await let_count(database, campaign)
    if by == "a page":
        assert decision.refusal is not None
        assert decision.refusal.code == "unsigned"
    else:
        assert decision.outcome == "unlocked"
        [row] = await query(database, "SELECT entrant_id, source FROM completions")
        assert (row["entrant_id"], row["source"]) == (entrant, "api")


async def test_what_a_server_said_of_a_visitor_who_enters_later_has_the_servers_source(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, signed=True)
    waiting = late(1, 2, ["Purchase", "v"])._replace(vouched=True, received_at=NOW)
    await writer.submit(waiting)
    entrant = await enter(database, campaign, 2)
    [row] = await query(database, "SELECT entrant_id, source FROM completions")
    assert (row["entrant_id"], row["source"]) == (entrant, "api")


@pytest.mark.parametrize("enters", ["before", "after"])
async def test_a_late_call_by_a_token_is_the_persons_who_has_brought_it(
    enters: str, database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    giver = await enter(database, campaign, 9)
    await over(database)
    sent = late(2, 1, ["Purchase", "17"])
    await minted(database, campaign, giver, "token")
    [token] = await query(database, "SELECT id FROM xrefs")
    beacon = replace(sent.beacon, visitor=named_visitor(giver, token["id"]))
    await come(writer, sent._replace(beacon=beacon, entrant_id=giver, vouched=True))
    await tell(writer, 3, 1, xref="token", at=NOW)
    if enters == "before":
        person = await enter(database, campaign, 1)
    assert (await let_count(database, campaign)).outcome == "unlocked"
    if enters == "after":
        assert await counting(database) == [(giver, "17")]
        person = await enter(database, campaign, 1)
    assert await counting(database) == [(person, "17")]
