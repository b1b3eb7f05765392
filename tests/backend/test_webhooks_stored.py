"""Events are written with what they tell of, once each, and taken by one courier at a time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend import drawing
from backend.core.beacon import Beacon
from backend.core.campaign import Campaign
from backend.core.drafts import ActionDraft, CampaignDraft
from backend.core.webhook import EVENTS, EventType, Outcome, WebhookDraft
from backend.making import make_action, make_campaign, make_webhook
from backend.store import (
    beacons,
    campaigns,
    corrections,
    deliveries,
    delivery_log,
    draws,
    entrants,
    rewards,
    webhooks,
)
from backend.store.database import Database
from backend.store.deliveries import LEASE, Due
from backend.store.errors import DatabaseError
from backend.store.pages import Span
from backend.store.program import Program, Row, Statement
from backend.store.submissions import Submission
from backend.store.webhooks import Webhook
from backend.store.writer import Writer
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

URL = "https://shop.example/hooks"


async def hook(database: Database, campaign: Campaign, *events: EventType) -> Webhook:
    return await make_webhook(
        database, campaign, WebhookDraft(URL, list(events or EVENTS)), private=False
    )


async def queued(database: Database, kind: EventType | None = None) -> list[Row]:
    rows = await query(database, "SELECT * FROM webhook_deliveries ORDER BY id")
    return [row for row in rows if kind in (None, row["type"])]


async def take(database: Database, webhook: Webhook, limit: int = 100, at: int = NOW) -> list[Due]:
    return await database.write(deliveries.take(webhook.id, limit, at))


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
    statements = await _statements(database, beacons.store(group))
    assert sum("webhook_deliveries" in sql for sql in statements) == 1
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
    none = await _statements(database, beacons.store([_submission(1)]))
    off = await hook(database, campaign)
    await database.write(
        webhooks.change(campaign, off.id, url=None, events=None, enabled=False, now=NOW)
    )
    assert await _statements(database, beacons.store([_submission(2)])) == none
    assert not [sql for sql in none if "webhook_deliveries" in sql]
    assert await queued(database) == []


def _submission(number: int) -> Submission:
    beacon = Beacon(beacon_id(number), visitor(number), [["Purchase", None]], 0)
    return Submission("y2sB7", beacon, NOW)


async def _statements(database: Database, program: Program[Any]) -> list[str]:
    """The statements of a program that is run."""
    seen: list[str] = []

    def watched() -> Program[None]:
        statement = next(program)
        while True:
            seen.append(statement.sql)
            rows = yield statement
            try:
                statement = program.send(rows)
            except StopIteration:
                return

    await database.write(watched())
    return seen


async def test_the_same_beacons_by_two_processes_at_once_tell_each_completion_once(
    database: Database, database_url: str, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    for number in range(40):
        await enter(database, campaign, number)
    await hook(database, campaign)
    other_database = Database(database_url)
    await other_database.open()
    other = Writer(other_database)
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

    def failing() -> Program[None]:
        yield from entrants.enter(
            campaign, name="Ann", email="a@b.c", session_hash="x", visitor=None, now=NOW
        )
        yield Statement("SELECT no_such_column FROM entrants")

    with pytest.raises(DatabaseError):
        await database.write(failing())
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
        "entrant": {"id": entrant, "name": "Entrant 7", "email": "7@example.org"},
    }
    [row] = await completions(database, campaign)
    assert completed.event.type == "action.completed"
    assert completed.event.data == {
        "campaign": {"key": "y2sB7", "name": "Win"},
        "entrant": {"id": entrant, "name": "Entrant 7", "email": "7@example.org"},
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
    campaign = await make_campaign(database, draft)
    await make_action(database, campaign, ActionDraft("Buy", "Purchase"))
    webhook = await hook(database, campaign, "reward.claimed")
    campaign = await _again(database)
    entrant = await enter(database, campaign, 1)
    await told(writer, 1, ["Purchase"])
    assert await queued(database) == []
    await database.write(rewards.add_codes(campaign, ["CODE-1"], NOW))
    await database.write(rewards.grant(campaign, [entrant], NOW))
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
    await database.write(draws.add_prize(campaign, "Bike", "", 1))
    await query_write(database, "UPDATE campaigns SET ends_at = 1")
    campaign = await _again(database)
    await drawing.draw(database, campaign, "seed")
    await drawing.redraw(database, campaign, 0, "no answer")
    first, second = await take(database, webhook, at=NOW * 2)
    assert (first.event.data["n"], first.event.data["replaces"]) == (0, None)
    assert (second.event.data["n"], second.event.data["replaces"]) == (1, 0)
    assert first.event.data["prize"]["title"] == second.event.data["prize"]["title"] == "Bike"
    assert first.event.data["entrant"]["id"] != second.event.data["entrant"]["id"]
    assert first.event.id != second.event.id


async def _again(database: Database) -> Campaign:
    found = await database.read(campaigns.by_key("y2sB7"))
    assert found is not None
    return found


async def test_only_what_is_subscribed_in_this_campaign_is_told(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    other = await make_campaign(database, CampaignDraft("Other", key="other1"))
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
    await database.write(corrections.invalidate(campaign, row["id"], "x", NOW))
    await database.write(corrections.restore(campaign, row["id"], "y", NOW))
    assert len(await queued(database)) == 1


async def test_a_delivery_is_taken_by_one_courier_and_again_after_its_lease(
    database: Database, database_url: str
) -> None:
    campaign = await campaign_with(database)
    webhook = await hook(database, campaign)
    for number in range(20):
        await enter(database, campaign, number)
    other = Database(database_url)
    await other.open()
    taken = await asyncio.gather(
        *[take((database, other)[n % 2], webhook, limit=3) for n in range(10)]
    )
    await other.close()
    ids = [due.id for part in taken for due in part]
    assert len(set(ids)) == len(ids)
    rest = await take(database, webhook)
    assert len(ids) + len(rest) == 20
    assert await database.read(deliveries.waiting(NOW + LEASE - 1)) == []
    assert await database.read(deliveries.waiting(NOW + LEASE)) == [webhook.id]
    again = await take(database, webhook, at=NOW + LEASE)
    assert {due.attempts for due in again} == {2}
    assert {due.event.id for due in again} == {
        due.event.id for part in (*taken, rest) for due in part
    }


async def test_an_outcome_that_comes_after_a_later_try_has_begun_changes_nothing(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    webhook = await hook(database, campaign)
    await enter(database, campaign, 1)
    [late] = await take(database, webhook)
    [due] = await take(database, webhook, at=NOW + LEASE)
    await database.write(deliveries.settle(late, Outcome(500, "late"), None, NOW + LEASE))
    [row] = await queued(database)
    assert (row["error"], row["due_at"]) == (None, NOW + 2 * LEASE)
    await database.write(deliveries.settle(due, Outcome(204, None), None, NOW + LEASE))
    [row] = await queued(database)
    assert (row["status"], row["due_at"], row["delivered_at"]) == (204, None, NOW + LEASE)


async def test_what_waits_for_a_webhook_that_is_off_waits_until_it_is_on_again(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    webhook = await hook(database, campaign)
    await enter(database, campaign, 1)
    await database.write(webhooks.turn_off(webhook.id, "gone", NOW))
    await enter(database, campaign, 2)
    assert await database.read(deliveries.waiting(NOW)) == []
    assert await take(database, webhook) == []
    changed = await database.write(
        webhooks.change(campaign, webhook.id, url=None, events=None, enabled=True, now=NOW)
    )
    assert changed == webhook
    assert [due.event.data["entrant"]["name"] for due in await take(database, webhook)] == [
        "Entrant 1"
    ]


async def test_another_campaigns_owner_sees_and_changes_nothing_here(database: Database) -> None:
    campaign = await campaign_with(database)
    other = await make_campaign(database, CampaignDraft("Other", key="other1"))
    webhook = await hook(database, campaign)
    await enter(database, campaign, 1)
    [row] = await queued(database)
    assert await database.read(webhooks.by_id(other, webhook.id)) is None
    assert not await database.write(deliveries.resend(other, webhook.id, row["id"], NOW))
    assert await database.write(deliveries.resend_now(other, webhook.id, row["id"], NOW)) == []
    assert await database.write(webhooks.rotate(other, webhook.id, "whsec_x")) is None
    assert not await database.write(webhooks.remove(other, webhook.id))
    off = webhooks.change(other, webhook.id, url=URL + "2", events=None, enabled=False, now=NOW)
    assert await database.write(off) is None
    assert await database.read(webhooks.by_id(campaign, webhook.id)) == webhook
    assert await database.write(webhooks.remove(campaign, webhook.id))
    assert await queued(database) == []


async def test_how_an_endpoint_fares_follows_from_its_last_deliveries(database: Database) -> None:
    campaign = await campaign_with(database)
    webhook, other = await hook(database, campaign), await hook(database, campaign)
    assert await database.read(delivery_log.health(webhook.id)) == (None, None, None, 0)

    async def tried(outcome: Outcome, queued: int, at: int) -> None:
        await database.write(deliveries.queue_test(webhook.id, queued))
        for due in await take(database, webhook, at=at):
            await database.write(deliveries.settle(due, outcome, at + 5_000, at))

    no, yes = Outcome(503, "It answered 503."), Outcome(204, None)
    await tried(no, NOW, NOW + 10)
    await tried(Outcome(500, "It answered 500."), NOW + 20, NOW + 30)
    health = await database.read(delivery_log.health(webhook.id))
    assert health == (None, NOW, "It answered 500.", 2)
    await tried(yes, NOW + 40, NOW + 50)
    health = await database.read(delivery_log.health(webhook.id))
    assert health == (NOW + 50, None, None, 2)
    # What fails again had been queued before the endpoint worked.
    for due in await take(database, webhook, at=NOW + 6_000):
        await database.write(deliveries.settle(due, no, None, NOW + 6_000))
    health = await database.read(delivery_log.health(webhook.id))
    assert health == (NOW + 50, NOW + 50, "It answered 503.", 0)
    assert await database.read(delivery_log.health(other.id)) == (None, None, None, 0)
    page = await database.read(delivery_log.listed(webhook, Span(), "given_up"))
    assert [each.state for each in page.rows] == ["given_up", "given_up"]
    assert await database.read(delivery_log.by_id(other, page.rows[0].id)) is None
    assert await database.read(delivery_log.by_id(webhook, page.rows[1].id)) == page.rows[1]
    assert await database.read(delivery_log.extent(webhook)) == 3
