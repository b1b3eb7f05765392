"""Events are queued in the transaction of what they tell, each once for each endpoint."""

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
    query_write,
    statements,
    told,
    visitor,
)
from tests.backend.stored_webhooks import URL, hook, queued, take
from trk.core.beacon import Beacon
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.services import corrections
from trk.services import draws as drawing
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.services.code_uploads import add_codes
from trk.store import beacons, campaigns, entrants, prizes, rewards, webhooks
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.program import Transaction
from trk.store.storing import StoringHere
from trk.store.submissions import Submission
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns


async def test_200_completions_in_a_group_make_200_events_in_one_statement(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    for number in range(200):
        await enter(database, campaign, number)
    first = await hook(database, campaign, "action.completed")
    second = await hook(database, campaign)
    group = [
        Submission("y2sB7", Beacon(beacon_id(n), visitor(n), [["Purchase", str(n)]], 0), NOW)
        for n in range(200)
    ]
    sent = await statements(database, lambda tx: beacons.store(tx, group))
    assert sum("webhook_deliveries" in sql for sql, _ in sent) == 1
    done = {row["id"] for row in await completions(database, campaign)}
    assert len(done) == 200
    for webhook in (first, second):
        events = [row for row in await queued(database) if row["webhook_id"] == webhook.id]
        assert {(row["type"], row["due_at"]) for row in events} == {("action.completed", NOW)}
        assert {row["subject_id"] for row in events} == done
        assert len(events) == 200


async def test_a_campaign_without_a_webhook_that_is_on_costs_the_beacons_no_statement(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    await enter(database, campaign, 1)
    await enter(database, campaign, 2)
    none = await _sql_of(database, 1)
    off = await hook(database, campaign)
    await database.write(
        webhooks.change, campaign, off.id, url=None, events=None, enabled=False, now=NOW
    )
    assert await _sql_of(database, 2) == none
    assert not [sql for sql in none if "webhook_deliveries" in sql]
    assert await queued(database) == []


async def _sql_of(database: Database, number: int) -> list[str]:
    """The SQL by which a beacon is stored."""
    stored = await statements(database, lambda tx: beacons.store(tx, [_submission(number)]))
    return [sql for sql, _ in stored]


def _submission(number: int) -> Submission:
    beacon = Beacon(beacon_id(number), visitor(number), [["Purchase", None]], 0)
    return Submission("y2sB7", beacon, NOW)


async def test_the_same_beacons_by_two_processes_at_once_tell_each_completion_once(
    database: Database, database_url: str, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    for number in range(40):
        await enter(database, campaign, number)
    await hook(database, campaign)
    other_database = Database(database_url)
    await other_database.open()
    other = Writer(StoringHere(other_database))
    task = asyncio.create_task(other.run())
    await asyncio.gather(
        *[push((writer, other)[n % 2], n // 4, ["Purchase"], by=n // 4) for n in range(160)]
    )
    other.close()
    await task
    await other_database.close()
    done = [row["id"] for row in await completions(database, campaign)]
    told_of = [row["subject_id"] for row in await queued(database, "action.completed")]
    assert len(done) == 40
    assert sorted(told_of) == sorted(done)


async def test_what_is_rolled_back_tells_nothing(database: Database, writer: Writer) -> None:
    campaign = await campaign_with(database)
    await hook(database, campaign)

    async def failing(tx: Transaction) -> None:
        await entrants.enter(
            tx, campaign, name="Ann", email="a@b.c", session_hash="x", visitor=None, now=NOW
        )
        await tx.fetch("SELECT no_such_column FROM entrants")

    with pytest.raises(DatabaseError):
        await database.write(failing)
    assert await queued(database) == []


async def test_entering_tells_of_the_entrant_and_then_of_what_had_waited(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    webhook = await hook(database, campaign)
    campaign = await _again(database)
    await told(writer, 1, ["Purchase", "order-17"], by=7)
    assert await queued(database) == []
    entrant = await enter(database, campaign, 7)
    await enter(database, campaign, 8)
    entered, completed, _ = await take(database, webhook)
    assert entered.event.type == "entrant.created"
    assert entered.event.data == {
        "campaign": {"key": "y2sB7", "name": "Win"},
        "entrant": {"id": entrant, "name": "Entrant 7", "email": "7@example.org", "answers": []},
    }
    [row] = await completions(database, campaign)
    assert completed.event.type == "action.completed"
    assert completed.event.data == {
        "campaign": {"key": "y2sB7", "name": "Win"},
        "entrant": {"id": entrant, "name": "Entrant 7", "email": "7@example.org", "answers": []},
        "action": {"id": row["action_id"], "title": "Buy", "tracking_name": "Purchase"},
        "completion_id": row["id"],
        "entries": 1,
        "details": "order-17",
        "source": "tracking",
        "happened_at": "2026-09-21T14:13:20.000Z",
    }
    assert (completed.url, completed.secret) == (URL, webhook.secret)


async def test_a_reward_that_is_given_is_told_once_also_when_it_had_to_wait_for_codes(
    database: Database, writer: Writer
) -> None:
    draft = CampaignDraft("Thanks", key="y2sB7", kind="reward", reward_kind="codes")
    campaign = await database.write(make_campaign, draft)
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase"))
    webhook = await hook(database, campaign, "reward.claimed")
    campaign = await _again(database)
    entrant = await enter(database, campaign, 1)
    await told(writer, 1, ["Purchase"])
    assert await queued(database) == []
    await add_codes(database, campaign, ["CODE-1"])
    await database.write(rewards.grant, campaign, [entrant], NOW)
    [due] = await take(database, webhook)
    assert due.event.data["reward"] == {"kind": "codes", "value": "CODE-1"}
    assert due.event.data["entrant"]["id"] == entrant


async def test_winners_are_told_with_their_prizes_and_so_is_a_redrawn_one(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    webhook = await hook(database, campaign, "winner.drawn")
    for number in (1, 2, 3):
        await enter(database, campaign, number)
        await told(writer, number, ["Purchase"], by=number)
    await database.write(prizes.add, campaign, PrizeDraft("Bike", winners=1))
    await query_write(database, "UPDATE campaigns SET ends_at = 1")
    campaign = await _again(database)
    await drawing.draw(database, campaign)
    await drawing.redraw(database, campaign, 0, "no answer")
    first, second = await take(database, webhook, at=NOW * 2)
    assert (first.event.data["n"], first.event.data["replaces"]) == (0, None)
    assert (second.event.data["n"], second.event.data["replaces"]) == (1, 0)
    assert first.event.data["prize"]["title"] == second.event.data["prize"]["title"] == "Bike"
    assert first.event.data["entrant"]["id"] != second.event.data["entrant"]["id"]
    assert first.event.id != second.event.id


async def _again(database: Database) -> Campaign:
    found = await database.read(campaigns.by_key, "y2sB7")
    assert found is not None
    return found


async def test_only_what_is_subscribed_in_this_campaign_is_told(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    other = await database.write(make_campaign, CampaignDraft("Other", key="other1"))
    await hook(database, other)
    await hook(database, campaign, "action.completed")
    await enter(database, campaign, 1)
    assert await queued(database) == []
    await told(writer, 1, ["Purchase"], ["unknown"])
    await told(writer, 2, ["Purchase"])
    assert [row["type"] for row in await queued(database)] == ["action.completed"]


async def test_restoring_a_completion_tells_nothing_again(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await hook(database, campaign, "action.completed")
    await enter(database, campaign, 1)
    await told(writer, 1, ["Purchase"])
    [row] = await completions(database, campaign)
    await database.write(corrections.invalidate, campaign, row["id"], Cause("x", NOW))
    await database.write(corrections.restore, campaign, row["id"], Cause("y", NOW))
    assert len(await queued(database)) == 1
