"""The courier's way to endpoints that answer, fail, hang, redirect, cut, or are not allowed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier

from backend import courier as couriers
from backend.clock import now_ms
from backend.core.campaign import Campaign
from backend.core.webhook import EVENTS, PAUSES, WebhookDraft
from backend.courier import Courier
from backend.making import make_webhook
from backend.store import deliveries, webhooks
from backend.store.database import Database
from backend.store.program import Row
from backend.store.webhooks import Webhook
from tests.backend.receiver import Receiver, receiving
from tests.backend.stored import NOW, campaign_with, enter, query

Endpoint = tuple[Receiver, str]


@pytest.fixture
def receiver() -> Iterator[Endpoint]:
    """An endpoint and its address."""
    with receiving() as made:
        yield made


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    """A fresh SQLite database: what storage does is tested with it, on both kinds."""
    opened = Database(sqlite_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def campaign(database: Database) -> Campaign:
    """A campaign without a webhook yet."""
    return await campaign_with(database)


async def hook(database: Database, campaign: Campaign, url: str) -> Webhook:
    return await make_webhook(database, campaign, WebhookDraft(url, list(EVENTS)), private=True)


async def rows(database: Database, webhook: Webhook) -> list[Row]:
    return await query(
        database, f"SELECT * FROM webhook_deliveries WHERE webhook_id = {webhook.id} ORDER BY id"
    )


async def test_an_event_arrives_signed_as_the_standard_says(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    webhook = await hook(database, campaign, f"{receiver[1]}/204")
    await enter(database, campaign, 1)
    # The library that receivers use looks at the clock: here the time is the real one.
    await Courier(database, private=True).deliver_due(now_ms())
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
    courier = Courier(database, private=True)
    await courier.deliver_due(NOW)
    [row] = await rows(database, webhook)
    assert (row["status"], row["attempts"], row["delivered_at"]) == (status, 1, None)
    assert any(part in row["error"] for part in said.split("|")), row["error"]
    assert NOW + pause <= row["due_at"] <= NOW + pause * 1.2
    assert "attempt 1, tried again later" in caplog.text
    await courier.deliver_due(row["due_at"] - 1)
    assert len(receiver[0].received) == 1
    await courier.deliver_due(row["due_at"])
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
    courier, now = Courier(database, private=True), NOW
    for tries in range(1, 12):
        await courier.deliver_due(now)
        [row] = await rows(database, webhook)
        assert row["attempts"] == tries
        now = row["due_at"] or now
    assert row["due_at"] is None
    assert now - NOW > 23 * 3_600_000
    assert "attempt 11, given up" in caplog.text
    await courier.deliver_due(now * 2)
    assert len(receiver[0].received) == 11
    assert await database.write(deliveries.resend(campaign, webhook.id, row["id"], now))
    await courier.deliver_due(now)
    [row] = await rows(database, webhook)
    assert (len(receiver[0].received), row["attempts"]) == (12, 1)
    assert row["due_at"] is not None


async def test_an_endpoint_that_says_it_is_gone_is_turned_off(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    webhook = await hook(database, campaign, f"{receiver[1]}/410")
    await enter(database, campaign, 1)
    courier = Courier(database, private=True)
    await courier.deliver_due(NOW)
    found = await database.read(webhooks.by_id(campaign, webhook.id))
    assert found is not None
    assert found.off_at == NOW
    assert "410" in (found.off_reason or "")
    [row] = await rows(database, webhook)
    assert (row["status"], row["due_at"]) == (410, None)
    await enter(database, campaign, 2)
    await courier.deliver_due(NOW * 2)
    assert len(receiver[0].received) == 1


async def test_an_answer_without_an_end_is_not_read(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    webhook = await hook(database, campaign, f"{receiver[1]}/flood")
    await enter(database, campaign, 1)
    await Courier(database, private=True).deliver_due(NOW)
    assert [row["status"] for row in await rows(database, webhook)] == [200]


async def test_an_endpoint_that_does_not_answer_is_left_after_the_time_it_has(
    database: Database,
    campaign: Campaign,
    receiver: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(couriers, "TIMEOUT", 0.3)
    webhook = await hook(database, campaign, f"{receiver[1]}/hang")
    await enter(database, campaign, 1)
    await Courier(database, private=True).deliver_due(NOW)
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
    running = asyncio.create_task(Courier(database, private=True).run())
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
    monkeypatch.setattr(couriers, "_LOOK", 3600.0)
    webhook = await hook(database, campaign, f"{receiver[1]}/204")
    courier = Courier(database, private=True)
    running = asyncio.create_task(courier.run())
    await enter(database, campaign, 1)
    courier.wake()
    await receiver[0].got("/204", 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(await rows(database, webhook)) == 1


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.1", "127.1", "[::1]"]
)
async def test_an_endpoint_of_this_machine_is_not_sent_to_however_it_is_written(
    database: Database, campaign: Campaign, receiver: Endpoint, host: str
) -> None:
    url = receiver[1].replace("127.0.0.1", host)
    webhook = await hook(database, campaign, f"{url}/204")
    await enter(database, campaign, 1)
    await Courier(database, private=False).deliver_due(NOW)
    [row] = await rows(database, webhook)
    assert "which is not an address of the internet" in row["error"]
    assert receiver[0].received == []
    if host != "[::1]":  # where it does not listen
        await Courier(database, private=True).deliver_due(row["due_at"])
        assert len(receiver[0].received) == 1


async def test_one_address_inside_among_several_is_enough_to_send_nothing(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["1.1.1.1", "127.0.0.1"]

    webhook = await hook(database, campaign, "https://shop.example/hooks")
    await enter(database, campaign, 1)
    await Courier(database, private=False, resolve=resolve).deliver_due(NOW)
    [row] = await rows(database, webhook)
    assert row["error"].startswith("shop.example is at 127.0.0.1, which is not")
    assert asked == [("shop.example", 443)]


async def test_a_host_that_is_not_found_is_noted_and_tried_again(
    database: Database, campaign: Campaign
) -> None:
    webhook = await hook(database, campaign, "https://nowhere.invalid/hooks")
    await enter(database, campaign, 1)
    await Courier(database, private=False).deliver_due(NOW)
    [row] = await rows(database, webhook)
    assert row["error"].startswith("gaierror: ")
    assert row["due_at"] > NOW


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Receiver, str, ssl.SSLContext]]:
    """An endpoint with the certificate of shop.example, its address, and who trusts it."""
    pem = tmp_path / "shop.pem"
    pem.write_text(SHOP)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    with receiving(server) as (made, url):
        yield made, url, ssl.create_default_context(cafile=str(pem))


@pytest.mark.parametrize(("host", "arrives"), [("shop.example", True), ("evil.example", False)])
async def test_it_connects_to_the_address_it_has_checked_and_holds_the_host_to_its_certificate(
    database: Database,
    campaign: Campaign,
    secure: tuple[Receiver, str, ssl.SSLContext],
    host: str,
    arrives: bool,
) -> None:
    receiver, url, tls = secure
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    webhook = await hook(database, campaign, f"{url.replace('127.0.0.1', host)}/204?x=1")
    await enter(database, campaign, 1)
    await Courier(database, private=True, resolve=resolve, tls=tls).deliver_due(NOW)
    # Nobody else has asked for these names: they lead nowhere.
    assert asked == [host]
    [row] = await rows(database, webhook)
    if arrives:
        [got] = receiver.received
        assert (got.path, row["status"]) == ("/204?x=1", 204)
        assert got.headers["host"] == f"{host}:{url.rsplit(':', 1)[1]}"
    else:
        assert receiver.received == []
        assert "certificate" in row["error"]


async def test_the_next_address_is_tried_where_one_can_not_be_reached(
    database: Database, campaign: Campaign, receiver: Endpoint
) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["::1", "127.0.0.1"]

    url = receiver[1].replace("127.0.0.1", "shop.example")
    webhook = await hook(database, campaign, f"{url}/204")
    await enter(database, campaign, 1)
    await Courier(database, private=True, resolve=resolve).deliver_due(NOW)
    assert [row["status"] for row in await rows(database, webhook)] == [204]


# Of nobody: made for these tests, for shop.example, good for 100 years.
SHOP = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxq4mnkRX8OFga3fn
bgNZFGrOmJgXPt6BXj7lVXa34oChRANCAAR0YEAGAAEZNUD9F3w64VVeV24mWQN2
rraS856Io+oFhheLnuVHYo5Z/lIfwNbIAC1OlixkSaxUxpn+dI9j70ku
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBnTCCAUSgAwIBAgIUU+xssohkU53QrQ2vtvwwiPSnrqswCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMc2hvcC5leGFtcGxlMCAXDTI2MTEyNTE2NDEwMloYDzIxMjYx
MTAxMTY0MTAyWjAXMRUwEwYDVQQDDAxzaG9wLmV4YW1wbGUwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAR0YEAGAAEZNUD9F3w64VVeV24mWQN2rraS856Io+oFhheL
nuVHYo5Z/lIfwNbIAC1OlixkSaxUxpn+dI9j70kuo2wwajAdBgNVHQ4EFgQUicby
9FPAkwdy2mtYMMGZsYa7/WcwHwYDVR0jBBgwFoAUicby9FPAkwdy2mtYMMGZsYa7
/WcwDwYDVR0TAQH/BAUwAwEB/zAXBgNVHREEEDAOggxzaG9wLmV4YW1wbGUwCgYI
KoZIzj0EAwIDRwAwRAIgAYTT1faIiTlMyN3TI2CZuV/gKc+P6HSCDd7FqqeLI/sC
ICAgHkLsQbWiaZ7qvy2EP7rlEwNxL43uWLB3VNpNsQwr
-----END CERTIFICATE-----
"""
