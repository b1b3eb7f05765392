"""The server ends in the middle of things: what it has acknowledged is there, and only once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.backend.broken_stores import CRASHING, FAILING, broken
from tests.backend.connections import Connection, all_is_read, held_writes
from tests.backend.shoppers import Shoppers, number_of
from tests.backend.stopping import terminated
from tests.backend.wire import arrive, beacon, client, post, raw
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.truth import Campaign, Tracking

ONE = {"TRK_WORKERS": "1"}


@pytest.fixture
def backend(backend: Backend) -> Backend:
    """A running server of the test's own; the test runs on both databases."""
    backend.start()
    return backend


@pytest.mark.once
async def test_a_kill_under_load_loses_nothing_acknowledged_and_nothing_counts_twice(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    campaign = trk_campaign("VIP", on=backend)
    _enter(campaign)
    shoppers = Shoppers(campaign)
    for _ in range(3):
        await shoppers.send_until_gone(300, backend.kill)
        backend.start()
        stored = _by_beacon(campaign)
        assert shoppers.acknowledged <= stored.keys()
        # A beacon is stored whole or not at all.
        assert {len(pairs) for pairs in stored.values()} == {2}
    assert len(shoppers.sent) > len(shoppers.acknowledged) >= 900

    # Their outboxes send again what was not acknowledged; these send all of it.
    answers = await shoppers.send_again()
    assert set(answers) == shoppers.sent
    assert all(answers[number]["duplicate"] for number in shoppers.acknowledged)
    stored = _by_beacon(campaign)
    assert stored.keys() == shoppers.sent
    assert {len(pairs) for pairs in stored.values()} == {2}
    assert [done.tracking_name for done in campaign.completions()] == ["VIP"]
    unlocked = [t for pairs in stored.values() for t in pairs if t.outcome == "unlocked"]
    assert [t.value for t in unlocked] == [campaign.completions()[0].details]


@pytest.mark.once
async def test_a_server_that_is_asked_to_stop_stores_and_answers_what_is_under_way(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    campaign = trk_campaign("VIP", on=backend)
    async with held_writes(backend.database):
        under_way = [await Connection.open(backend, raw(campaign, beacon(n))) for n in range(50)]
        idle = await Connection.open(backend)
        await all_is_read(backend)
        stopping = asyncio.create_task(asyncio.to_thread(backend.stop))
        # Who has asked for nothing is let go at once: so we know that it is stopping.
        assert await idle.reader.read() == b""
    for connection in under_way:
        status, _, body = await connection.answer()
        assert (status, body["duplicate"]) == (200, False)
    await stopping
    await idle.close()
    assert "Traceback" not in backend.log()
    backend.start()
    assert len(campaign.trackings()) == 50


def test_a_beacon_with_which_a_mistake_of_ours_shows_is_kept_by_its_sender_and_others_are_stored(
    backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    campaign = trk_campaign("VIP", on=backend)
    with broken(backend, FAILING, tmp_path, ONE) as server, client() as shop:
        url = f"{server.url}/{campaign.key}/beacon"
        answer = shop.post(url, content=beacon(1, ["crash"]))
        # The shop's outbox keeps it: 503 is not final.
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage")
        assert "Retry-After" in answer.headers
        assert shop.post(url, content=beacon(2, ["VIP", "after"])).status_code == 200
        assert "a mistake of ours in the rules" in server.log()
        assert terminated(server) == 0

    backend.start()
    campaign.expect_trackings(("VIP", "after"))
    assert post(campaign, beacon(1, ["crash"])).json()["duplicate"] is False


@pytest.mark.once
def test_when_the_writer_crashes_the_process_ends_rather_than_lie(
    backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    campaign = trk_campaign("VIP", on=backend)
    with broken(backend, CRASHING, tmp_path, ONE) as server, client() as shop:
        url = f"{server.url}/{campaign.key}/beacon"
        answer = shop.post(url, content=beacon(1, ["crash"]))
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage")
        assert server.wait() == 3
        assert "the writer failed; the server is stopping" in server.log()
        assert "a mistake of ours in the writer" in server.log()

    backend.start()
    campaign.expect_trackings(("crash", None))
    assert post(campaign, beacon(1, ["crash"])).json()["duplicate"] is True


def _enter(campaign: Campaign) -> None:
    """Enter the campaign with the browser whose visitor sends the beacons."""
    with client() as browser:
        address = campaign.url.replace("localhost", "127.0.0.1")
        arrive(browser, address)
        form = {"name": "Ann", "email": "ann@example.org"}
        assert browser.post(f"{address}/enter", data=form).status_code == 303


def _by_beacon(campaign: Campaign) -> dict[int, list[Tracking]]:
    stored: dict[int, list[Tracking]] = {}
    for tracking in campaign.trackings():
        stored.setdefault(number_of(tracking.beacon), []).append(tracking)
    return stored
