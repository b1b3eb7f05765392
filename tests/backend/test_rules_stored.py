"""The rules as they are stored, on both databases: each of them exactly once, whatever races."""

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
    query_write,
    told,
    visitor,
)
from trk.core.beacon import Answer, Beacon
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.keys import token_hash
from trk.core.rejection import Rejection
from trk.core.signature import sign
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import actions, entrants, xrefs
from trk.store.database import Database
from trk.store.storing import StoringHere
from trk.store.submissions import Submission, named_visitor
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns


async def test_an_order_number_pushed_by_50_entrants_at_once_unlocks_for_one(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, unique_value=True)
    for number in range(50):
        await enter(database, campaign, number)
    answers = await asyncio.gather(
        *[told(writer, n, ["Purchase", "order-17"], by=n) for n in range(50)]
    )
    assert sorted(answer.pairs[0] for answer in answers) == ["refused"] * 49 + ["unlocked"]
    assert {r.code for answer in answers for r in answer.refused} == {"value_used"}
    assert [row["details"] for row in await completions(database, campaign)] == ["order-17"]
    log = await query(database, "SELECT refusal FROM trackings WHERE outcome = 'refused'")
    assert len(log) == 49
    assert all(row["refusal"].startswith("value_used: The value 'order-17'") for row in log)


async def test_two_processes_give_an_order_number_to_one_entrant(
    database: Database, database_url: str, writer: Writer
) -> None:
    campaign = await campaign_with(database, unique_value=True, frequency="daily")
    for number in range(2):
        await enter(database, campaign, number)
    other_database = Database(database_url)
    await other_database.open()
    other = Writer(StoringHere(other_database))
    task = asyncio.create_task(other.run())
    replies = await asyncio.gather(
        *[
            push(w, 2 * n + by, ["Purchase", f"order-{n}"], by=by, at=NOW + n * 86_400_000)
            for n in range(25)
            for by, w in enumerate((writer, other))
        ]
    )
    other.close()
    await task
    await other_database.close()
    outcomes = sorted(reply.pairs[0] for reply in replies if isinstance(reply, Answer))
    assert outcomes == ["refused"] * 25 + ["unlocked"] * 25
    stored = [row["details"] for row in await completions(database, campaign)]
    assert sorted(stored) == sorted(f"order-{n}" for n in range(25))


async def test_an_order_number_that_waited_is_refused_when_another_entrant_was_quicker(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, unique_value=True)
    waiting = await told(writer, 1, ["Purchase", "order-17"], by=1)
    await enter(database, campaign, 2)
    quicker = await told(writer, 2, ["Purchase", "ORDER-17"], by=2)
    await enter(database, campaign, 1)
    assert (waiting.pairs, quicker.pairs) == (["waiting"], ["unlocked"])
    [log] = await query(
        database, "SELECT outcome, settled, refusal FROM trackings WHERE outcome = 'waiting'"
    )
    assert log["settled"] == "refused"
    assert log["refusal"].startswith("value_used: ")
    assert len(await completions(database, campaign)) == 1


async def test_only_a_signed_push_unlocks_and_the_others_are_stored_with_the_reason(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, signed=True)
    await enter(database, campaign, 1)
    good = sign(campaign.secret, "y2sB7", "Purchase", "order-17")
    unsigned = await told(writer, 1, ["Purchase", "order-17"], ["other"])
    wrong = await told(writer, 2, ["Purchase", "order-18", good])
    right = await told(writer, 3, ["Purchase", "order-17", good])
    assert [a.pairs for a in (unsigned, wrong, right)] == [
        ["refused", "unmatched"],
        ["refused"],
        ["unlocked"],
    ]
    assert [r.code for a in (unsigned, wrong, right) for r in a.refused] == [
        "unsigned",
        "bad_signature",
    ]
    again = await told(writer, 2, ["Purchase", "order-18", good])
    assert again == Answer(wrong.unlocked, True, wrong.pairs, wrong.refused)
    assert len(await query(database, "SELECT id FROM trackings")) == 4
    assert [row["details"] for row in await completions(database, campaign)] == ["order-17"]


async def test_a_repeated_beacon_is_told_again_why_its_xref_was_refused(
    database: Database, writer: Writer
) -> None:
    await campaign_with(database)
    first = await push(writer, 1, ["Purchase"], xref="nobody minted this")
    again = await push(writer, 1, ["Purchase"], xref="nobody minted this")
    assert isinstance(first, Answer)
    assert [r.code for r in first.refused] == ["xref_unknown"]
    assert again == Answer(first.unlocked, True, first.pairs, first.refused)


async def test_another_campaigns_token_is_neither_used_nor_refused(
    database: Database, writer: Writer
) -> None:
    first = await campaign_with(database)
    await database.write(make_campaign, CampaignDraft("Other", key="other1"))
    entrant = await enter(database, first, 1)
    [action] = await database.read(actions.of_campaign, first.id)
    minted = (first, entrant, action.id, token_hash("token"), NOW)
    await database.write(xrefs.mint, *minted)
    there = await push(writer, 2, ["Purchase"], xref="token", key="other1")
    assert isinstance(there, Answer)
    assert there.refused == []
    here = await push(writer, 2, ["Purchase"], xref="token")
    assert isinstance(here, Answer)
    assert here.pairs == ["unlocked"]
    assert await query(database, "SELECT id FROM refusals") == []


async def test_before_the_start_the_whole_beacon_is_refused_and_logged(
    database: Database, writer: Writer
) -> None:
    draft = CampaignDraft("Later", key="later", starts_at=None)
    campaign = await database.write(make_campaign, draft)
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase"))
    await query_write(database, f"UPDATE campaigns SET starts_at = {NOW + 1}")
    reply = await push(writer, 1, ["Purchase"], ["unknown"], key="later")
    assert isinstance(reply, Rejection)
    assert reply.code == "campaign_not_started"
    again = await push(writer, 1, ["Purchase"], ["unknown"], key="later")
    assert again == reply
    log = await query(database, "SELECT outcome FROM trackings")
    assert [row["outcome"] for row in log] == ["refused", "refused"]


async def test_a_call_of_the_customers_server_completes_for_a_named_entrant_once(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, signed=True)
    entrant = await enter(database, campaign, 1, linked=False)
    beacon = Beacon(beacon_id(1), named_visitor(entrant), [["Purchase", "order-17"]])
    calls = [Submission("y2sB7", beacon, NOW, True, entrant) for _ in range(50)]
    replies = await asyncio.gather(*[writer.submit(call) for call in calls])
    answers = [reply for reply in replies if isinstance(reply, Answer)]
    assert [answer.unlocked for answer in answers] == [["Purchase"]] * 50
    assert sum(answer.duplicate for answer in answers) == 49
    [row] = await completions(database, campaign)
    assert (row["entrant_id"], row["source"], row["details"]) == (entrant, "api", "order-17")


async def test_a_visitor_is_another_person_in_each_campaign(
    database: Database, writer: Writer
) -> None:
    first = await campaign_with(database)
    second = await database.write(make_campaign, CampaignDraft("Other", key="other1"))
    await database.write(make_action, second, ActionDraft("Buy", "Purchase"))
    await enter(database, first, 1)
    here = await push(writer, 1, ["Purchase", "17"])
    there = await push(writer, 1, ["Purchase", "17"], key="other1")
    assert isinstance(here, Answer)
    assert isinstance(there, Answer)
    assert (here.pairs, there.pairs) == (["unlocked"], ["waiting"])
    await enter(database, second, 1)
    assert len(await completions(database, first)) == 1
    assert len(await completions(database, second)) == 1


async def test_on_a_familys_tablet_the_first_entrant_keeps_the_browser_and_the_owner_is_told(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    mother = await enter(database, campaign, 1)
    child = await enter(database, campaign, 2, linked=False)
    [action] = await database.read(actions.of_campaign, campaign.id)
    await database.write(xrefs.mint, campaign, child, action.id, token_hash("child's token"), NOW)
    reply = await push(writer, 1, ["Purchase", "17"], by=1, xref="child's token")
    assert isinstance(reply, Answer)
    assert [refused.code for refused in reply.refused] == ["visitor_taken"]
    assert [row["entrant_id"] for row in await completions(database, campaign)] == [mother]
    await database.write(entrants.link_visit, campaign, visitor(1), child, NOW)
    shared = await query(database, "SELECT visitor, entrant_id FROM shared_visitors")
    assert [(row["visitor"], row["entrant_id"]) for row in shared] == [(visitor(1), child)]


@pytest.mark.parametrize("frequency", ["once", "daily"])
async def test_50_pushes_across_midnight_complete_a_daily_action_twice_and_another_once(
    database: Database, writer: Writer, frequency: str
) -> None:
    campaign = await campaign_with(database, frequency=frequency)
    await enter(database, campaign, 1)
    midnight = NOW - NOW % 86_400_000 + 86_400_000
    await asyncio.gather(
        *[push(writer, n, ["Purchase", str(n)], at=midnight - 25 + n) for n in range(50)]
    )
    days = [row["day"] for row in await completions(database, campaign)]
    assert days == ([""] if frequency == "once" else ["2026-09-21", "2026-09-22"])
