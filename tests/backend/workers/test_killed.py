"""Whatever is killed of several processes takes nothing acknowledged with it, and is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.backend.broken_stores import FAILING
from tests.backend.shoppers import Shoppers
from tests.backend.stopping import terminated
from tests.backend.wire import beacon, client, post
from tests.backend.workers.processes import (
    TWO,
    all_again,
    processes,
    shopping_on,
    start,
    stored_of,
    stored_once,
)
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend, Server


@pytest.mark.once
async def test_processes_that_are_killed_under_load_take_nothing_acknowledged_with_them(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(backend, TWO)
    campaign = trk_campaign("VIP", on=backend)
    shoppers = Shoppers(campaign)
    which = random.Random(18)
    before = processes(backend)
    assert len(before) == (3 if backend.database.startswith("sqlite") else 2)
    for _ in range(6):

        def kill_one() -> None:
            with contextlib.suppress(psutil.NoSuchProcess):  # the one before, just gone
                which.choice(processes(backend)).kill()

        await shopping_on(shoppers, 150, kill_one)
        await asyncio.to_thread(all_again, backend, before)
    assert "Traceback" not in backend.log()
    await stored_once(campaign, shoppers)


async def test_when_its_parent_is_killed_the_others_end_by_themselves(
    backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    start(backend, {**TWO, "TRK_DRAIN": "600", "TMPDIR": str(tmp_path)})
    campaign = trk_campaign("VIP", on=backend)
    shoppers = Shoppers(campaign)
    children = processes(backend)
    await shoppers.send_until_gone(100, backend.kill)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
    # Nobody has cleared away the folder with its sockets, and nobody minds.
    [left] = _folders(tmp_path)
    assert (left / "store").is_socket() == backend.database.startswith("sqlite")
    start(backend, {**TWO, "TMPDIR": str(tmp_path)})
    await stored_once(campaign, shoppers)
    backend.stop()
    assert _folders(tmp_path) == [left]


def _folders(temporary: Path) -> list[Path]:
    """Where the processes of servers have their sockets."""
    return list(temporary.glob("trk-*/"))


def test_a_store_that_is_killed_is_there_again_within_seconds(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(sqlite_backend, TWO)
    campaign = trk_campaign("VIP", on=sqlite_backend)
    before = processes(sqlite_backend)
    before[0].kill()
    statuses = set()
    until = time.monotonic() + 20
    while (answer := post(campaign, beacon(1))).status_code != 200:
        statuses.add(answer.status_code)
        assert time.monotonic() < until
    assert statuses <= {503}
    all_again(sqlite_backend, before)
    assert "the store process ended (signal 9) and is started again" in sqlite_backend.log()
    assert stored_of(campaign) == {1}


def test_a_beacon_at_which_the_store_process_fails_is_kept_by_its_sender_and_others_are_stored(
    sqlite_backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    sqlite_backend.start()
    campaign = trk_campaign("VIP", on=sqlite_backend)
    sqlite_backend.stop()
    broken = Server([sys.executable, "-c", FAILING, "serve"], tmp_path / "broken.log")
    settings = {"TRK_DATABASE": sqlite_backend.database, "TRK_PUBLIC_URL": broken.url, **TWO}
    start(broken, {**os.environ, **settings})
    with client() as shop:
        url = f"{broken.url}/{campaign.key}/beacon"
        answer = shop.post(url, content=beacon(1, ["crash"]))
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage")
        assert shop.post(url, content=beacon(2, ["VIP", "after"])).status_code == 200
    assert "a mistake of ours in the rules" in broken.log()
    assert terminated(broken) == 0
    broken.close()
    sqlite_backend.start()
    campaign.expect_trackings(("VIP", "after"))


def test_a_store_that_is_killed_while_the_others_still_serve_is_started_again(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(sqlite_backend, {**TWO, "TRK_DRAIN": "600"})
    campaign = trk_campaign("VIP", on=sqlite_backend)
    store = processes(sqlite_backend)[0]
    os.kill(sqlite_backend.pid, signal.SIGTERM)
    store.kill()
    until = time.monotonic() + 30
    while post(campaign, beacon(1)).status_code != 200:
        assert time.monotonic() < until
    assert terminated(sqlite_backend) == 0


def test_when_the_folder_of_their_sockets_is_cleared_away_they_find_each_other_again(
    backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    start(backend, {**TWO, "TMPDIR": str(tmp_path)})
    campaign = trk_campaign("VIP", on=backend)
    assert post(campaign, beacon(1)).status_code == 200
    [folder] = tmp_path.glob("trk-*/")
    shutil.rmtree(folder)
    before = processes(backend)
    for each in before:
        each.kill()
    psutil.wait_procs(before, 20)
    all_again(backend, before)
    until = time.monotonic() + 30
    for number in range(2, 20):
        while post(campaign, beacon(number)).status_code != 200:
            assert time.monotonic() < until
    assert stored_of(campaign) == set(range(1, 20))
    backend.stop()
    assert not folder.exists()


def test_one_that_is_asked_to_end_alone_is_replaced(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(backend, TWO)
    campaign = trk_campaign("VIP", on=backend)
    before = processes(backend)
    before[-1].terminate()
    before[-1].wait(20)
    all_again(backend, before)
    assert "worker 1 ended (exit status 0) and is started again" in backend.log()
    assert post(campaign, beacon(1)).status_code == 200
