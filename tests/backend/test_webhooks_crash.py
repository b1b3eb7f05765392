"""A server killed while it tells endpoints what happened: nothing is lost, all is told."""

from __future__ import annotations

import pytest

from tests.backend.receiver import Receiver, add_webhook
from tests.backend.wire import arrive, beacon, client, post
from trk.clock import now_ms
from trk.services.jobs.webhook_sender import WebhookSender
from trk.store.database import Database
from trk.store.deliveries import LEASE
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend

PRIVATE = {"TRK_WEBHOOKS_PRIVATE": "1"}


@pytest.fixture
def backend(backend: Backend) -> Backend:
    """A running server of the test's own; the test runs on both databases."""
    backend.start(PRIVATE)
    return backend


@pytest.mark.once
async def test_what_was_under_way_when_the_server_was_killed_is_due_again(
    backend: Backend, trk_campaign: CampaignFactory, receiver: tuple[Receiver, str]
) -> None:
    campaign = trk_campaign(*[f"A{n}" for n in range(10)], on=backend)
    with client() as browser:
        address = campaign.url.replace("localhost", "127.0.0.1")
        arrive(browser, address)
        form = {"name": "Ann", "email": "ann@example.org"}
        assert browser.post(f"{address}/enter", data=form).status_code == 303
    add_webhook(backend, campaign.key, f"{receiver[1]}/hang", "action.completed")
    answer = post(campaign, beacon(1, *[[f"A{n}"] for n in range(10)]))
    assert len(answer.json()["unlocked"]) == 10
    # Four are under way, and the endpoint does not answer.
    taken = {got.headers["webhook-id"] for got in await receiver[0].got("/hang", 4)}
    backend.kill()
    receiver[0].release()

    # The next server tells at once what had not been taken; after its lease, anyone the rest.
    backend.start(PRIVATE)
    arrived = await receiver[0].got("/hang", 4 + 6)
    assert taken.isdisjoint(got.headers["webhook-id"] for got in arrived[4:])
    backend.stop()
    database = Database(backend.database)
    await database.open()
    await WebhookSender(database, private=True).deliver_due(now_ms() + LEASE)
    await database.close()
    arrived = receiver[0].at("/hang")
    # At least these: one of the six may have been answered as its server stopped.
    assert taken <= {got.headers["webhook-id"] for got in arrived[10:]}
    told = {got.event["data"]["completion_id"] for got in arrived[4:]}
    assert len(told) == len({got.headers["webhook-id"] for got in arrived}) == 10
