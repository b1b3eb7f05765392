"""Where the sender may connect to: addresses of the internet, and the host of the certificate."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.receiver import Receiver, receiving
from tests.backend.stored import NOW, campaign_with, enter
from tests.backend.webhook_endpoints import Endpoint, hook, rows
from trk.core.campaign import Campaign
from trk.services.jobs.webhook_sender import WebhookSender
from trk.store.database import Database


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """SQLite alone: what storage does is tested on both kinds."""
    return sqlite_database


@pytest.fixture
async def campaign(database: Database) -> Campaign:
    """A campaign without a webhook yet."""
    return await campaign_with(database)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.1", "127.1", "[::1]"]
)
async def test_an_endpoint_of_this_machine_is_not_sent_to_however_it_is_written(
    database: Database, campaign: Campaign, receiver: Endpoint, host: str
) -> None:
    url = receiver[1].replace("127.0.0.1", host)
    webhook = await hook(database, campaign, f"{url}/204")
    await enter(database, campaign, 1)
    await WebhookSender(database, private=False).deliver_due(NOW)
    [row] = await rows(database, webhook)
    assert "which is not a public internet address" in row["error"]
    assert receiver[0].received == []
    if host != "[::1]":  # where it does not listen
        await WebhookSender(database, private=True).deliver_due(row["due_at"])
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
    await WebhookSender(database, private=False, resolve=resolve).deliver_due(NOW)
    [row] = await rows(database, webhook)
    assert row["error"].startswith("shop.example is at 127.0.0.1, which is not")
    assert asked == [("shop.example", 443)]


async def test_a_host_that_is_not_found_is_noted_and_tried_again(
    database: Database, campaign: Campaign
) -> None:
    webhook = await hook(database, campaign, "https://nowhere.invalid/hooks")
    await enter(database, campaign, 1)
    await WebhookSender(database, private=False).deliver_due(NOW)
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
    await WebhookSender(database, private=True, resolve=resolve, tls=tls).deliver_due(NOW)
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
    await WebhookSender(database, private=True, resolve=resolve).deliver_due(NOW)
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
