"""A server that is asked to stop: what it has answered is stored, and it ends in time with a status
that says how."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.backend.broken_stores import HANGING, wait_until_it_hangs
from tests.backend.connections import Connection, all_is_read, held_writes
from tests.backend.shoppers import Shoppers, number_of
from tests.backend.stopping import terminated
from tests.backend.wire import beacon, client, post, raw
from trk.cli import server as stopping_server
from trk.settings import Settings
from trk.web.server import server_of
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend, Server


@pytest.mark.once
async def test_stopped_under_load_it_ends_with_0_and_each_beacon_that_was_answered_is_stored(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    backend.start()
    campaign = trk_campaign("VIP", on=backend)
    shoppers = Shoppers(campaign)
    statuses: list[int] = []
    await shoppers.send_until_gone(300, lambda: statuses.append(terminated(backend)))
    assert statuses == [0]
    assert "Traceback" not in backend.log()

    backend.start()
    stored = {number_of(tracking.beacon) for tracking in campaign.trackings()}
    assert len(shoppers.acknowledged) >= 300
    # All that was acknowledged, and nothing that was told to come back: none is in between, since
    # a server that stops in order answers whatever it stores.
    assert stored == shoppers.acknowledged
    assert stored.isdisjoint(shoppers.told_to_come_back)


async def test_who_never_ends_its_request_is_cut_and_the_server_ends_with_0(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    sqlite_backend.start({"TRK_STOP_TIMEOUT": "1"})
    campaign = trk_campaign("VIP", on=sqlite_backend)
    head = (
        f"POST /{campaign.key}/enter HTTP/1.1\r\nHost: t\r\nContent-Length: 99\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nname="
    )
    slow = await Connection.open(sqlite_backend, head.encode())
    try:
        await all_is_read(sqlite_backend)
        started = time.monotonic()
        assert terminated(sqlite_backend) == 0
        assert 1 <= time.monotonic() - started < 10
    finally:
        await slow.close()


async def test_a_database_that_is_held_does_not_keep_it_and_nothing_is_acknowledged(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    sqlite_backend.start({"TRK_STOP_TIMEOUT": "1"})
    campaign = trk_campaign("VIP", on=sqlite_backend)
    async with held_writes(sqlite_backend.database):
        waiting = await Connection.open(sqlite_backend, raw(campaign, beacon(1)))
        await all_is_read(sqlite_backend)
        # It ends in order: who waits for the file is told to come back before long. Only if a job
        # of the server's own waited for it before, that takes longer than it has.
        assert terminated(sqlite_backend) in (0, 1)
    assert b"HTTP/1.1 200" not in await waiting.reader.read()
    await waiting.close()
    sqlite_backend.start()
    assert post(campaign, beacon(1)).json()["duplicate"] is False


async def test_a_disk_that_hangs_does_not_keep_it_either(
    sqlite_backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    sqlite_backend.start()
    campaign = trk_campaign("VIP", on=sqlite_backend)
    sqlite_backend.stop()
    hanging = Server([sys.executable, "-c", HANGING, "serve"], tmp_path / "hanging.log")
    settings = {"TRK_DATABASE": sqlite_backend.database, "TRK_STOP_TIMEOUT": "1"}
    hanging.start({**os.environ, "TRK_WORKERS": "1", **settings})
    reader, writer = await asyncio.open_connection("127.0.0.1", hanging.port)
    writer.write(raw(campaign, beacon(1)))
    await writer.drain()
    await asyncio.to_thread(wait_until_it_hangs, hanging)
    assert await asyncio.to_thread(terminated, hanging) == 1
    assert b"HTTP/1.1 200" not in await reader.read()
    writer.close()
    assert "could not stop cleanly in time" in hanging.log()
    hanging.close()
    sqlite_backend.start()
    assert post(campaign, beacon(1)).json()["duplicate"] is False


def test_while_it_drains_it_is_not_ready_but_takes_beacons_and_a_second_signal_ends_it(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    sqlite_backend.start({"TRK_DRAIN": "600"})
    campaign = trk_campaign("VIP", on=sqlite_backend)
    address = f"http://127.0.0.1:{sqlite_backend.port}"
    with client() as balancer:
        assert balancer.get(f"{address}/readyz").status_code == 200
        os.kill(sqlite_backend.pid, signal.SIGTERM)
        until = time.monotonic() + 20
        while (ready := balancer.get(f"{address}/readyz")).status_code == 200:
            assert time.monotonic() < until, "it has not heard the signal"
        assert (ready.status_code, ready.text) == (503, "stopping\n")
        assert balancer.get(f"{address}/healthz").status_code == 200
    assert post(campaign, beacon(1)).status_code == 200
    assert terminated(sqlite_backend) == 0


async def test_what_ends_with_the_mail_for_which_a_stop_has_waited_has_time_to_end(
    sqlite_app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    due: list[tuple[float, Callable[[], None]]] = []
    monkeypatch.setattr(stopping_server, "_later", lambda *timer: due.append(timer))
    ended: list[int] = []
    monkeypatch.setattr("os._exit", ended.append)
    mailer = server_of(sqlite_app).mailer
    stopping_server.ServerProcess(sqlite_app, Settings(stop_timeout=1)).stop()
    [(_, give_up)] = due
    mailer.hands_over = True
    give_up()
    mailer.hands_over = False
    _, look_again = due[-1]
    look_again()
    assert not ended
    seconds, end = due[-1]
    assert seconds == 5
    end()
    assert ended == [1]
