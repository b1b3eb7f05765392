"""What is too old goes, in campaigns that are over; what is not stays, and beacons do not wait."""

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
from trk.core.webhook import EVENTS, Outcome, WebhookDraft
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.services.jobs.retention import DELIVERIES, NETWORKS, TICKETS, Retention
from trk.services.webhooks import make_webhook
from trk.store import deliveries, retention
from trk.store.database import Database
from trk.store.submissions import Submission
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns

DAY = 24 * 3_600_000


async def _received(database: Database, table: str = "trackings") -> list[int]:
    rows = await query(database, f"SELECT received_at FROM {table} ORDER BY id")
    return [row["received_at"] for row in rows]


async def test_old_trackings_and_refusals_of_campaigns_that_are_over_are_erased(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await database.write(
        make_action,
        await database.write(make_campaign, CampaignDraft("Open", key="open1")),
        ActionDraft("Buy", "Purchase"),
    )
    await enter(database, campaign, 1)
    for number, at in enumerate((NOW - 91 * DAY, NOW - 90 * DAY, NOW - DAY), 1):
        await push(writer, number, ["Purchase"], at=at, xref="wrong")
        await push(writer, 10 + number, ["Purchase"], at=at, key="open1")
    await query_write(database, f"UPDATE campaigns SET ends_at = {NOW - 1} WHERE key = 'y2sB7'")
    assert await Retention(database, 0).sweep(NOW) == 0
    assert await Retention(database, 90).sweep(NOW - 2) == 0  # when it was not over yet
    assert await Retention(database, 90).sweep(NOW) == 2
    assert await _received(database, "refusals") == [NOW - 90 * DAY, NOW - DAY]
    assert sorted(await _received(database)) == sorted(
        [NOW - 91 * DAY, *[NOW - 90 * DAY] * 2, *[NOW - DAY] * 2]
    )
    assert len(await completions(database, campaign)) == 1
    await query_write(database, f"UPDATE campaigns SET closed_at = {NOW} WHERE key = 'open1'")
    assert await Retention(database, 90).sweep(NOW) == 1


async def test_a_beacon_is_answered_while_many_old_ones_are_erased(
    database: Database, writer: Writer
) -> None:
    old = await campaign_with(database)
    await database.write(
        make_action,
        await database.write(make_campaign, CampaignDraft("Open", key="open1")),
        ActionDraft("Buy", "Purchase"),
    )
    await query_write(
        database,
        "INSERT INTO trackings (campaign_id, beacon, n, visitor, name, happened_at, received_at, "
        f"outcome) SELECT {old.id}, 'b' || a.n || b.n || c.n || d.n, 0, 'v', 'x', 1, 1, "
        "'unmatched' "
        + " ".join(
            f"{'FROM' if name == 'a' else 'CROSS JOIN'} (SELECT 0 AS n UNION SELECT 1 UNION "
            "SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7) "
            f"AS {name}"
            for name in "abcd"
        ),
    )
    await query_write(database, f"UPDATE campaigns SET ends_at = 2 WHERE id = {old.id}")
    sweeping = asyncio.create_task(Retention(database, 8).sweep(NOW))
    reply = await push(writer, 1, ["Purchase"], key="open1")
    assert isinstance(reply, Answer)
    assert not sweeping.done()
    assert await sweeping == 8**4
    assert await _received(database) == [NOW]


async def test_tickets_are_kept_while_their_beacons_may_come_again(
    database: Database, writer: Writer
) -> None:
    await campaign_with(database)
    for number in (1, 2):
        clicked = Beacon(beacon_id(number), visitor(1), [], ticket=f"{number:032x}")
        await writer.submit(Submission("y2sB7", clicked, NOW + number))
    assert await Retention(database, 0).sweep(NOW + 1 + 7 * DAY) == 0
    assert await Retention(database, 0).sweep(NOW + 2 + TICKETS) == 1
    assert len(await query(database, "SELECT id FROM tickets")) == 1


async def test_a_part_is_small(database: Database) -> None:
    campaign = await campaign_with(database)
    await query_write(
        database,
        "INSERT INTO refusals (campaign_id, beacon, visitor, code, message, received_at) "
        f"SELECT {campaign.id}, 'b' || a.id || '-' || b.id, 'v', 'c', 'm', 1 FROM "
        "(SELECT 1 AS id UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) AS a CROSS JOIN "
        f"({' UNION '.join(f'SELECT {n} AS id' for n in range(200))}) AS b",
    )
    assert len(await database.read(retention.old_refusals, campaign.id, NOW)) == 500


async def test_the_webhooks_log_goes_back_30_days_and_what_waits_stays(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    webhook = await database.write(
        make_webhook, campaign, WebhookDraft("https://shop.example", list(EVENTS)), private=False
    )
    for number in (1, 2):
        await enter(database, campaign, number)
    await told(writer, 1, ["Purchase"])
    first, second, _ = await database.write(deliveries.take, webhook.endpoint, 9, NOW)
    await database.write(deliveries.settle, first, Outcome(204, None), None, NOW)
    await database.write(deliveries.settle, second, Outcome(500, "500"), None, NOW)
    assert await Retention(database, 0).sweep(NOW + DELIVERIES) == 0
    assert await Retention(database, 0).sweep(NOW + DELIVERIES + 1) == 2
    left = await query(database, "SELECT type FROM webhook_deliveries")
    assert [row["type"] for row in left] == ["action.completed"]


async def test_networks_are_forgotten_a_month_after_the_end_or_sooner(database: Database) -> None:
    campaign = await campaign_with(database)
    other = await database.write(make_campaign, CampaignDraft("Open", key="open1"))
    for each in (campaign, other):
        await enter(database, each, 1)
        await enter(database, each, 2)
    await query_write(database, "UPDATE entrants SET network = 'n'")
    ends = NOW - 10 * DAY
    # That it was closed after its end changes nothing.
    over = f"ends_at = {ends}, closed_at = {ends + 5 * DAY}"
    await query_write(database, f"UPDATE campaigns SET {over} WHERE key = 'y2sB7'")
    assert await Retention(database, 0).sweep(ends + NETWORKS - 1) == 0
    assert await Retention(database, 90).sweep(ends + NETWORKS - 1) == 0
    assert await Retention(database, 9).sweep(NOW) == 2
    assert await Retention(database, 0).sweep(ends + NETWORKS) == 0
    left = await query(database, "SELECT campaign_id FROM entrants WHERE network IS NOT NULL")
    assert [row["campaign_id"] for row in left] == [other.id, other.id]
    await query_write(database, f"UPDATE campaigns SET closed_at = {ends} WHERE key = 'open1'")
    assert await Retention(database, 0).sweep(ends + NETWORKS) == 2
