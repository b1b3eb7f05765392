"""The webhook sender's way to endpoints that answer, fail, hang, redirect or cut."""

from __future__ import annotations

import asyncio

import pytest
from standardwebhooks import Webhook as Verifier

from tests.backend.stored import NOW, campaign_with, enter, query_write
from tests.backend.webhook_endpoints import Endpoint, hook, rows
from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.webhook import PAUSES
from trk.services.jobs import webhook_client, webhook_sender
from trk.services.jobs.webhook_sender import WebhookSender
from trk.store import deliveries, webhooks
from trk.store.database import Database
from trk.store.errors import Unavailable


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """SQLite alone: what storage does is tested on both kinds."""
    return sqlite_database


@pytest.fixture
async def campaign(database: Database) -> Campaign:
    """A campaign without a webhook yet."""
    return await campaign_with(database)


async def test_an_event_arrives_signed_as_the_standard_says(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    webhook = await hook(database, campaign, f"{receiver[1]}/204")
    await enter(database, campaign, 1)
    # The library that receivers use looks at the clock: here the time is the real one.
    await WebhookSender(database, private=True).deliver_due(now_ms())
    [got] = receiver[0].received
    verified = Verifier(webhook.secret).verify(got.body, got.headers)
    assert verified["type"] == "entrant.created"
    assert verified["timestamp"] == "2026-09-21T14:13:20Z"
    assert verified["data"]["entrant"]["email"] == "1@example.org"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == receiver[1].removeprefix("http://")
    [row] = await rows(database, webhook)
    assert (row["status"], row["attempts"], row["due_at"], row["error"]) == (204, 1, None, None)
    assert row["delivered_at"] is not None


@pytest.mark.parametrize(
    ("path", "status", "said", "pause"),
    [
        ("500", 500, "It answered 500.", PAUSES[0]),
        ("404", 404, "It answered 404.", PAUSES[0]),
        ("302", 302, "redirects are not followed", PAUSES[0]),
        ("307", 307, "redirects are not followed", PAUSES[0]),
        ("busy", 429, "It answered 429.", 7_200_000),
        ("cut", None, "RemoteProtocolError|ReadError", PAUSES[0]),
    ],
)
async def test_what_is_no_success_is_noted_and_tried_again_later(
    database: Database,
    campaign: Campaign,
    receiver: Endpoint,
    caplog: pytest.LogCaptureFixture,
    path: str,
    status: int | None,
    said: str,
    pause: int,
) -> None:
    webhook = await hook(database, campaign, f"{receiver[1]}/{path}")
    await enter(database, campaign, 1)
    sender = WebhookSender(database, private=True)
    await sender.deliver_due(NOW)
    [row] = await rows(database, webhook)
    assert (row["status"], row["attempts"], row["delivered_at"]) == (status, 1, None)
    assert any(part in row["error"] for part in said.split("|")), row["error"]
    assert NOW + pause <= row["due_at"] <= NOW + pause * 1.2
    assert "attempt 1, will be retried" in caplog.text
    await sender.deliver_due(row["due_at"] - 1)
    assert len(receiver[0].received) == 1
    await sender.deliver_due(row["due_at"])
    # Nothing went to where the redirect leads.
    first, second = receiver[0].received
    assert first.path == second.path == f"/{path}"
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


async def test_after_eleven_tries_it_is_given_up_until_it_is_sent_again_by_hand(
    database: Database, campaign: Campaign, receiver: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    webhook = await hook(database, campaign, f"{receiver[1]}/500")
    await enter(database, campaign, 1)
    sender, now = WebhookSender(database, private=True), NOW
    for tries in range(1, 12):
        await sender.deliver_due(now)
        [row] = await rows(database, webhook)
        assert row["attempts"] == tries
        now = row["due_at"] or now
    assert row["due_at"] is None
    assert now - NOW > 23 * 3_600_000
    assert "attempt 11, given up" in caplog.text
    await sender.deliver_due(now * 2)
    assert len(receiver[0].received) == 11
    assert await database.write(deliveries.resend, campaign, webhook.id, row["id"], now)
    await sender.deliver_due(now)
    [row] = await rows(database, webhook)
    assert (len(receiver[0].received), row["attempts"]) == (12, 1)
    assert row["due_at"] is not None


async def test_an_endpoint_that_says_it_is_gone_is_turned_off(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    webhook = await hook(database, campaign, f"{receiver[1]}/410")
    await enter(database, campaign, 1)
    sender = WebhookSender(database, private=True)
    await sender.deliver_due(NOW)
    found = await database.read(webhooks.by_id, campaign, webhook.id)
    assert found is not None
    assert found.off_at == NOW
    assert "410" in (found.off_reason or "")
    [row] = await rows(database, webhook)
    assert (row["status"], row["due_at"]) == (410, None)
    await enter(database, campaign, 2)
    await sender.deliver_due(NOW * 2)
    assert len(receiver[0].received) == 1


async def test_an_answer_without_an_end_is_not_read(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    webhook = await hook(database, campaign, f"{receiver[1]}/flood")
    await enter(database, campaign, 1)
    await WebhookSender(database, private=True).deliver_due(NOW)
    assert [row["status"] for row in await rows(database, webhook)] == [200]


async def test_an_endpoint_that_does_not_answer_is_left_after_the_time_it_has(
    database: Database,
    campaign: Campaign,
    receiver: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_client, "TIMEOUT", 0.3)
    webhook = await hook(database, campaign, f"{receiver[1]}/hang")
    await enter(database, campaign, 1)
    await WebhookSender(database, private=True).deliver_due(NOW)
    [row] = await rows(database, webhook)
    assert "no answer within 0.3 s" in row["error"] or "ReadTimeout" in row["error"]
    assert row["due_at"] > NOW


async def test_an_endpoint_that_hangs_holds_up_no_other_and_has_few_tries_at_once(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    await hook(database, campaign, f"{receiver[1]}/hang")
    await hook(database, campaign, f"{receiver[1]}/204")
    for number in range(10):
        await enter(database, campaign, number)
    running = asyncio.create_task(WebhookSender(database, private=True).run())
    await receiver[0].got("/hang", 4)
    assert len(await receiver[0].got("/204", 10)) == 10
    assert len(receiver[0].at("/hang")) == 4
    receiver[0].release()
    assert len(await receiver[0].got("/hang", 10)) == 10
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_comes_while_it_runs_is_delivered_when_it_is_woken(
    database: Database, campaign: Campaign, receiver: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "_EVERY", 3600.0)
    webhook = await hook(database, campaign, f"{receiver[1]}/204")
    sender = WebhookSender(database, private=True)
    running = asyncio.create_task(sender.run())
    await enter(database, campaign, 1)
    sender.wake()
    await receiver[0].got("/204", 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(await rows(database, webhook)) == 1


async def test_what_was_queued_or_tried_while_the_clock_was_a_year_ahead_is_due_now(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    webhook = await hook(database, campaign, f"{receiver[1]}/204")
    for number in (1, 2):
        await enter(database, campaign, number)
    await query_write(database, "UPDATE webhook_deliveries SET due_at = due_at + 31536000000")
    await query_write(database, "UPDATE webhook_deliveries SET attempts = 3 WHERE id = 2")
    await WebhookSender(database, private=True).deliver_due(NOW)
    assert [row["status"] for row in await rows(database, webhook)] == [204, 204]
    # For as long as an endpoint may ask for, it waits.
    await enter(database, campaign, 3)
    await query_write(database, "UPDATE webhook_deliveries SET due_at = due_at + 86400000")
    await WebhookSender(database, private=True).deliver_due(NOW)
    assert len(receiver[0].received) == 2


async def test_a_stop_finishes_what_is_under_way_and_begins_nothing_more(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    webhook = await hook(database, campaign, f"{receiver[1]}/hang")
    for number in range(10):
        await enter(database, campaign, number)
    running = asyncio.create_task(WebhookSender(database, private=True).run())
    await receiver[0].got("/hang", 4)
    running.cancel()
    receiver[0].release()
    await asyncio.gather(running, return_exceptions=True)
    found = [(row["status"], row["attempts"]) for row in await rows(database, webhook)]
    assert sorted(found, key=str) == [(204, 1)] * 4 + [(None, 0)] * 6
    assert len(receiver[0].received) == 4


async def test_a_database_that_is_away_is_one_line_in_the_log(
    database: Database,
    campaign: Campaign,
    receiver: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await hook(database, campaign, f"{receiver[1]}/204")
    await enter(database, campaign, 1)
    away = asyncio.Event()

    async def gone(*_: object) -> None:
        away.set()
        raise Unavailable("the connection was lost")

    monkeypatch.setattr(deliveries, "settle", gone)
    running = asyncio.create_task(WebhookSender(database, private=True).run())
    await away.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    [line] = [each for each in caplog.records if "has to wait" in each.getMessage()]
    assert (line.levelname, line.exc_info) == ("WARNING", None)
    assert line.getMessage() == "webhook 1 has to wait: the connection was lost"
