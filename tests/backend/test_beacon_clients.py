"""Clients that are slow or go away: nobody waits for them, and nothing is stored by halves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.backend.connections import Connection, all_is_read, held_writes
from tests.backend.wire import beacon, beacon_url, raw
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.truth import Campaign

Start = Callable[..., Backend]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a server with further settings: `start(TRK_BODY_TIMEOUT="1")`."""
    started = []

    def run(database: str | None = None, **settings: str) -> Backend:
        backend = Backend(tmp_path / "trk", database)
        started.append(backend)
        backend.start(settings)
        return backend

    yield run
    for backend in started:
        backend.close()


async def test_good_beacons_are_answered_while_200_clients_are_slow(
    start: Start, trk_campaign: CampaignFactory
) -> None:
    backend = start(TRK_BODY_TIMEOUT="60")
    campaign = trk_campaign("VIP", on=backend)
    requests = [raw(campaign, beacon(n, ["slow", str(n)])) for n in range(200)]
    slow = [await Connection.open(backend, request[:-40]) for request in requests]
    await all_is_read(backend)
    assert await _statuses(campaign, range(1000, 1100)) == [200] * 100
    assert [tracking.name for tracking in campaign.trackings()] == ["good"] * 100
    # Slow is not bad: when the rest of the body comes, it is stored.
    for connection, request in zip(slow, requests, strict=True):
        await connection.send(request[-40:])
    answers = [await connection.answer() for connection in slow]
    assert [status for status, _, _ in answers] == [200] * 200
    stored = [t.value for t in campaign.trackings() if t.name == "slow"]
    assert stored == [str(n) for n in range(200)]


async def test_200_clients_that_never_finish_are_told_so_and_leave_nothing(
    start: Start, trk_campaign: CampaignFactory
) -> None:
    backend = start(TRK_BODY_TIMEOUT="0.5")
    campaign = trk_campaign("VIP", on=backend)
    slow = [await Connection.open(backend, raw(campaign, beacon(n))[:-1]) for n in range(200)]
    for connection in slow:
        status, headers, body = await connection.answer()
        assert (status, body["error"]["code"]) == (503, "slow_body")
        assert body["error"]["message"] == ("The body did not arrive within 0.5 s; send it again.")
        assert headers["retry-after"] == "2"
    assert campaign.trackings() == []
    assert await _statuses(campaign, [0]) == [200]


async def test_clients_that_hang_up_before_their_body_is_complete_leave_nothing(
    start: Start, trk_campaign: CampaignFactory
) -> None:
    backend = start()
    campaign = trk_campaign("VIP", on=backend)
    for cut in (1, 40, len(beacon()) - 1, len(beacon())):
        connection = await Connection.open(backend, raw(campaign, beacon(cut))[:-cut])
        await all_is_read(backend)
        await connection.hang_up()
    await all_is_read(backend)
    assert await _statuses(campaign, [1000]) == [200]
    campaign.expect_trackings(("good", "1000"))
    assert "Traceback" not in backend.log()


async def test_requests_cancelled_in_the_middle_of_a_group_fail_none_of_their_neighbours(
    database_url: str, start: Start, trk_campaign: CampaignFactory
) -> None:
    backend = start(database_url)
    campaign = trk_campaign("VIP", on=backend)
    async with held_writes(database_url):
        sent = [await Connection.open(backend, raw(campaign, beacon(n))) for n in range(100)]
        await all_is_read(backend)
        for connection in sent[::2]:
            await connection.hang_up()
        await all_is_read(backend)
    for connection in sent[1::2]:
        status, _, body = await connection.answer()
        assert (status, body["duplicate"], body["pairs"]) == (200, False, ["waiting"])
    # What had been read is stored although nobody heard of it; sent again, it is known.
    assert len(campaign.trackings()) == 100
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        for n in range(0, 100, 2):
            again = await client.post(beacon_url(campaign), content=beacon(n))
            assert again.json()["duplicate"] is True
    assert len(campaign.trackings()) == 100
    assert "Traceback" not in backend.log()


async def _statuses(campaign: Campaign, numbers: range | list[int]) -> list[int]:
    """The statuses of good beacons with these numbers, sent by eight clients at once."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        slots = asyncio.Semaphore(8)

        async def send(number: int) -> int:
            async with slots:
                body = beacon(number, ["good", str(number)])
                return (await client.post(beacon_url(campaign), content=body)).status_code

        return list(await asyncio.gather(*[send(number) for number in numbers]))
