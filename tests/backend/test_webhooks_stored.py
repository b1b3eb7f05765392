"""Deliveries: who takes them, what becomes of them, and whose they are."""

from __future__ import annotations

import asyncio

import pytest

from tests.backend.stored import NOW, campaign_with, enter
from tests.backend.stored_webhooks import URL, hook, queued, take
from trk.core.drafts import CampaignDraft
from trk.core.webhook import Outcome
from trk.services.campaigns import make_campaign
from trk.store import deliveries, delivery_log, webhooks
from trk.store.database import Database
from trk.store.deliveries import LEASE
from trk.store.pages import Span

pytestmark = pytest.mark.by_turns


async def test_a_delivery_is_taken_by_one_sender_and_again_after_its_lease(
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
    assert await database.read(deliveries.waiting, NOW + LEASE - 1) == []
    assert await database.read(deliveries.waiting, NOW + LEASE) == [webhook.endpoint]
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
    await database.write(deliveries.settle, late, Outcome(500, "late"), None, NOW + LEASE)
    [row] = await queued(database)
    assert (row["error"], row["due_at"]) == (None, NOW + 2 * LEASE)
    await database.write(deliveries.settle, due, Outcome(204, None), None, NOW + LEASE)
    [row] = await queued(database)
    assert (row["status"], row["due_at"], row["delivered_at"]) == (204, None, NOW + LEASE)


async def test_an_outcome_that_comes_after_it_was_sent_again_does_not_undo_a_success(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    webhook = await hook(database, campaign)
    await enter(database, campaign, 1)
    [late] = await take(database, webhook)
    [again] = await database.write(deliveries.resend_now, campaign, webhook.id, late.id, NOW + 1)
    await database.write(deliveries.settle, again, Outcome(204, None), None, NOW + 2)
    await database.write(deliveries.settle, late, Outcome(500, "late"), NOW + 9, NOW + 3)
    [row] = await queued(database)
    assert (row["status"], row["due_at"], row["delivered_at"]) == (204, None, NOW + 2)

    # But what is sent again after it had been delivered has no success any more, until it has one.
    [third] = await database.write(deliveries.resend_now, campaign, webhook.id, late.id, NOW + 10)
    await database.write(deliveries.settle, third, Outcome(500, "down"), NOW + 19, NOW + 11)
    [row] = await queued(database)
    assert (row["status"], row["due_at"], row["delivered_at"]) == (500, NOW + 19, None)


async def test_what_waits_for_a_webhook_that_is_off_waits_until_it_is_on_again(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    webhook = await hook(database, campaign)
    await enter(database, campaign, 1)
    await database.write(webhooks.turn_off, campaign.id, webhook.id, "gone", NOW)
    await enter(database, campaign, 2)
    assert await database.read(deliveries.waiting, NOW) == []
    assert await take(database, webhook) == []
    changed = await database.write(
        webhooks.change, campaign, webhook.id, url=None, events=None, enabled=True, now=NOW
    )
    assert changed == webhook
    assert [due.event.data["entrant"]["name"] for due in await take(database, webhook)] == [
        "Entrant 1"
    ]


async def test_another_campaigns_owner_sees_and_changes_nothing_here(database: Database) -> None:
    campaign = await campaign_with(database)
    other = await database.write(make_campaign, CampaignDraft("Other", key="other1"))
    webhook = await hook(database, campaign)
    await enter(database, campaign, 1)
    [row] = await queued(database)
    assert await database.read(webhooks.by_id, other, webhook.id) is None
    assert not await database.write(deliveries.resend, other, webhook.id, row["id"], NOW)
    assert await database.write(deliveries.resend_now, other, webhook.id, row["id"], NOW) == []
    assert await database.write(webhooks.rotate, other, webhook.id, "whsec_x") is None
    assert not await database.write(webhooks.remove, other, webhook.id)
    assert (
        await database.write(
            webhooks.change, other, webhook.id, url=URL + "2", events=None, enabled=False, now=NOW
        )
        is None
    )
    assert await database.read(webhooks.by_id, campaign, webhook.id) == webhook
    assert await database.write(webhooks.remove, campaign, webhook.id)
    assert await queued(database) == []


async def test_how_an_endpoint_fares_follows_from_its_last_deliveries(database: Database) -> None:
    campaign = await campaign_with(database)
    webhook, other = await hook(database, campaign), await hook(database, campaign)
    assert await database.read(delivery_log.health, webhook.endpoint) == (None, None, None, 0)

    async def tried(outcome: Outcome, queued: int, at: int) -> None:
        await database.write(deliveries.queue_test, webhook.endpoint, queued)
        for due in await take(database, webhook, at=at):
            await database.write(deliveries.settle, due, outcome, at + 5_000, at)

    no, yes = Outcome(503, "It answered 503."), Outcome(204, None)
    await tried(no, NOW, NOW + 10)
    await tried(Outcome(500, "It answered 500."), NOW + 20, NOW + 30)
    health = await database.read(delivery_log.health, webhook.endpoint)
    assert health == (None, NOW, "It answered 500.", 2)
    await tried(yes, NOW + 40, NOW + 50)
    health = await database.read(delivery_log.health, webhook.endpoint)
    assert health == (NOW + 50, None, None, 2)
    # What fails again had been queued before the endpoint worked.
    for due in await take(database, webhook, at=NOW + 6_000):
        await database.write(deliveries.settle, due, no, None, NOW + 6_000)
    health = await database.read(delivery_log.health, webhook.endpoint)
    assert health == (NOW + 50, NOW + 50, "It answered 503.", 0)
    assert await database.read(delivery_log.health, other.endpoint) == (None, None, None, 0)
    page = await database.read(delivery_log.listed, webhook, Span(), "given_up")
    assert [each.state for each in page.rows] == ["given_up", "given_up"]
    assert await database.read(delivery_log.by_id, other, page.rows[0].id) is None
    assert await database.read(delivery_log.by_id, webhook, page.rows[1].id) == page.rows[1]
    assert await database.read(delivery_log.extent, webhook) == 3
