"""A server of several processes ends as one, in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.backend.shoppers import Shoppers
from tests.backend.stopping import terminated
from tests.backend.wire import beacon, client, post
from tests.backend.workers.processes import (
    TWO,
    all_again,
    processes,
    start,
    stored_of,
)
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend, Server


@pytest.mark.once
async def test_asked_to_stop_under_load_it_has_stored_what_it_acknowledged_and_nothing_else(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(backend, TWO)
    campaign = trk_campaign("VIP", on=backend)
    shoppers = Shoppers(campaign)
    before = processes(backend)
    statuses: list[int] = []
    await shoppers.send_until_gone(300, lambda: statuses.append(terminated(backend)))
    assert statuses == [0]
    assert "Traceback" not in backend.log()
    assert not any(each.is_running() for each in before)
    start(backend, TWO)
    stored = stored_of(campaign)
    assert len(shoppers.acknowledged) >= 300
    assert stored == shoppers.acknowledged
    assert stored.isdisjoint(shoppers.told_to_come_back)


def test_ctrl_c_on_a_terminal_ends_all_of_it_in_order(tmp_path: Path, sqlite_url: str) -> None:
    # On a terminal the signal reaches all its processes, not the parent alone.
    server = Server([sys.executable, "-m", "trk", "serve"], tmp_path / "log")
    settings = {"TRK_DATABASE": sqlite_url, **TWO}
    start(server, {**os.environ, **settings})
    children = processes(server)
    for each in children:
        each.send_signal(signal.SIGINT)
    os.kill(server.pid, signal.SIGINT)
    assert server.wait() == 0
    assert not any(each.is_running() for each in children)
    assert "ended with" not in server.log()
    server.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_starts_ends_it(
    tmp_path: Path, sqlite_url: str, how: signal.Signals
) -> None:
    for begun in (0, 1, 3):
        with subprocess.Popen(
            [sys.executable, "-m", "trk", "serve", "--port", "0", "--workers", "2"],
            env={**os.environ, "TRK_DATABASE": sqlite_url, "TMPDIR": str(tmp_path)},
            stderr=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stderr is not None
            while "Set up this server" not in server.stderr.readline():
                pass
            parent = psutil.Process(server.pid)
            while len(parent.children()) < begun:
                assert server.poll() is None
            server.send_signal(how)
            try:
                server.communicate(timeout=30)
            finally:
                server.kill()
        # The handlers may not be there yet at once; then nothing else is, either.
        assert server.returncode == 0 or (begun == 0 and server.returncode in (1, -how))
        assert not list(tmp_path.glob("trk-*"))


def test_with_nowhere_to_print_to_they_end_and_are_started_again_as_well(
    backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    closed = "import sys; sys.stdout = None; sys.argv[0] = 'trk'\nfrom trk.cli import main\nmain()"
    server = Server([sys.executable, "-c", closed, "serve"], tmp_path / "log")
    settings = {"TRK_DATABASE": backend.database, **TWO}
    start(server, {**os.environ, **settings})
    before = processes(server)
    before[-1].terminate()
    before[-1].wait(20)
    all_again(server, before)
    assert "Traceback" not in server.log()
    assert "worker 1 ended (exit status 0) and is started again" in server.log()
    assert terminated(server) == 0
    server.close()


def test_a_supervisor_that_signals_all_of_it_does_not_cut_the_draining_short(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(sqlite_backend, {**TWO, "TRK_DRAIN": "600"})
    campaign = trk_campaign("VIP", on=sqlite_backend)
    for each in [*processes(sqlite_backend), psutil.Process(sqlite_backend.pid)]:
        each.send_signal(signal.SIGTERM)
    with client() as balancer:
        until = time.monotonic() + 20
        told: set[str] = set()
        while told != {"stopping\n"}:
            assert time.monotonic() < until, told
            ready = f"http://127.0.0.1:{sqlite_backend.port}/readyz"
            told = {balancer.get(ready, headers={"connection": "close"}).text for _ in range(8)}
    assert post(campaign, beacon(1)).status_code == 200
    assert terminated(sqlite_backend) == 0
    sqlite_backend.start()
    assert stored_of(campaign) == {1}
