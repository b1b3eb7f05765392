"""What hangs of a server of several processes, or has no room, keeps nobody waiting for long."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.backend.broken_stores import HANGING, wait_until_it_hangs
from tests.backend.connections import Connection
from tests.backend.limited_files import limit_files
from tests.backend.stopping import terminated
from tests.backend.wire import beacon, client, post, raw
from tests.backend.workers.processes import (
    TWO,
    processes,
    start,
    stored_of,
)
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend, Server


def test_while_the_store_hangs_beacons_are_told_to_come_back_and_then_it_goes_on(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(sqlite_backend, TWO)
    campaign = trk_campaign("VIP", on=sqlite_backend)
    assert post(campaign, beacon(1)).status_code == 200
    store = processes(sqlite_backend)[0]
    store.suspend()
    started = time.monotonic()
    answer = post(campaign, beacon(2))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage")
    assert 4 < time.monotonic() - started < 10
    assert "Retry-After" in answer.headers
    with client() as balancer:
        ready = balancer.get(f"http://127.0.0.1:{sqlite_backend.port}/readyz")
    assert (ready.status_code, "stored nothing" in ready.text) == (503, True)
    store.resume()
    # What it found when it woke up is stored as well: the answer to it had given up waiting.
    until = time.monotonic() + 20
    while post(campaign, beacon(3)).status_code != 200:
        assert time.monotonic() < until
    assert post(campaign, beacon(2)).status_code == 200
    assert stored_of(campaign) == {1, 2, 3}
    assert len(campaign.trackings()) == 3


async def test_a_disk_that_hangs_does_not_keep_it(
    sqlite_backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    sqlite_backend.start()
    campaign = trk_campaign("VIP", on=sqlite_backend)
    sqlite_backend.stop()
    hanging = Server([sys.executable, "-c", HANGING, "serve"], tmp_path / "hanging.log")
    settings = {"TRK_DATABASE": sqlite_backend.database, "TRK_STOP_TIMEOUT": "1", **TWO}
    start(hanging, {**os.environ, **settings})
    children = processes(hanging)
    waiting = await Connection.open(hanging, raw(campaign, beacon(1)))
    await asyncio.to_thread(wait_until_it_hangs, hanging)
    assert await asyncio.to_thread(terminated, hanging) == 1
    assert b"HTTP/1.1 200" not in await waiting.reader.read()
    await waiting.close()
    assert "could not stop cleanly in time" in hanging.log()
    assert not any(each.is_running() for each in children)
    hanging.close()
    sqlite_backend.start()
    assert post(campaign, beacon(1)).json()["duplicate"] is False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process' files")
def test_without_room_on_the_disk_beacons_are_told_to_come_back(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(sqlite_backend, TWO)
    campaign = trk_campaign("VIP", on=sqlite_backend)
    assert post(campaign, beacon(1)).status_code == 200
    for each in processes(sqlite_backend):
        limit_files(each.pid, 1)
    for number in range(2, 5):
        answer = post(campaign, beacon(number))
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage")
    for each in processes(sqlite_backend):
        limit_files(each.pid, None)
    for number in range(1, 5):
        answer = post(campaign, beacon(number))
        assert (answer.status_code, answer.json()["duplicate"]) == (200, number == 1)
    assert stored_of(campaign) == {1, 2, 3, 4}


def test_one_that_hangs_does_not_keep_the_others_from_ending_when_that_is_asked_again_and_again(
    backend: Backend,
) -> None:
    start(backend, TWO)
    children = processes(backend)
    children[-1].suspend()
    for _ in range(3):
        os.kill(backend.pid, signal.SIGTERM)
        time.sleep(0.5)  # signals that come together are one
    assert backend.wait() == 1
    assert "the worker 1 could not stop cleanly in time" in backend.log()
    assert not any(each.is_running() for each in children)


async def test_all_that_wait_for_a_store_that_hangs_are_told_so_at_once(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(sqlite_backend, TWO)
    campaign = trk_campaign("VIP", on=sqlite_backend)
    store = processes(sqlite_backend)[0]
    store.suspend()
    started = time.monotonic()
    opened = [
        await Connection.open(
            sqlite_backend, raw(campaign, beacon(number, visitor=f"{number:032x}"))
        )
        for number in range(1_000)
    ]
    statuses = {(await connection.answer())[0] for connection in opened}
    took = time.monotonic() - started
    assert statuses == {503}
    # Groups of 256: one after the other, they took 5 s each.
    assert took < 14
    store.resume()
    until = time.monotonic() + 20
    while post(campaign, beacon(5_000)).status_code != 200:
        assert time.monotonic() < until
