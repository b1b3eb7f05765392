"""A server of several processes: whatever of it is killed or hangs, what was acknowledged is stored
once; and it starts, ends and counts as one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from tests.backend.broken_stores import CRASHING, HANGING
from tests.backend.connections import Connection, all_is_read
from tests.backend.limited_files import limit_files
from tests.backend.shoppers import Shoppers, number_of
from tests.backend.stopping import terminated
from tests.backend.wire import arrive, beacon, beacon_url, client, post, raw
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend, Server
from trk_sdk.testkit.truth import Campaign

TWO = {"TRK_WORKERS": "2"}


def processes(backend: Server) -> list[psutil.Process]:
    """The children, in the order in which they were started: on SQLite the first one stores."""
    return sorted(psutil.Process(backend.pid).children(), key=lambda each: each.pid)


def all_again(backend: Server, before: list[psutil.Process]) -> None:
    """Wait until there are as many processes as there were, and not the same ones."""
    until = time.monotonic() + 20
    while len(now := processes(backend)) < len(before) or now == before:
        assert time.monotonic() < until, f"not {len(before)}, or the same:\n{backend.log()}"
        time.sleep(0.02)


def start(server: Server, settings: Mapping[str, str]) -> None:
    """Start it, and wait until each of the two workers is ready: one that ends before has failed to
    start, and hears of no signal yet."""
    size = server.log_size()
    server.start(settings)
    until = time.monotonic() + 60
    while server.log(size).count("Application startup complete") < 2:
        assert time.monotonic() < until, server.log(size)
        time.sleep(0.02)
    time.sleep(0.2)  # it tells its parent right after the line


def stored_of(campaign: Campaign) -> set[int]:
    return {number_of(tracking.beacon) for tracking in campaign.trackings()}


async def stored_once(campaign: Campaign, shoppers: Shoppers) -> None:
    """All that was acknowledged is there; sent again, all is there, and nothing twice."""
    assert shoppers.acknowledged <= stored_of(campaign)
    answers = await shoppers.send_again()
    assert all(answers[number]["duplicate"] for number in shoppers.acknowledged)
    trackings = campaign.trackings()
    assert len(trackings) == 2 * len(shoppers.sent)
    assert {number_of(tracking.beacon) for tracking in trackings} == shoppers.sent


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


async def shopping_on(shoppers: Shoppers, answers: int, end: Callable[[], object]) -> None:
    """As many more answers, then `end` something; who is not cut off by it stops soon after."""
    wanted = len(shoppers.acknowledged) + answers
    shopping = asyncio.create_task(shoppers.send_until_gone(answers, end))
    async with asyncio.timeout(60):
        while len(shoppers.acknowledged) < wanted + 50 and not shopping.done():
            await asyncio.wait([shopping], timeout=0.05)
    shopping.cancel()
    await asyncio.gather(shopping, return_exceptions=True)


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
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(backend, {**TWO, "TRK_DRAIN": "600"})
    campaign = trk_campaign("VIP", on=backend)
    shoppers = Shoppers(campaign)
    children = processes(backend)
    await shoppers.send_until_gone(100, backend.kill)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
    start(backend, TWO)
    await stored_once(campaign, shoppers)


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


def test_a_beacon_that_ends_the_store_process_is_kept_by_its_sender_and_others_are_stored(
    sqlite_backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    sqlite_backend.start()
    campaign = trk_campaign("VIP", on=sqlite_backend)
    sqlite_backend.stop()
    broken = Server([sys.executable, "-c", CRASHING, "serve"], tmp_path / "broken.log")
    settings = {"TRK_DATABASE": sqlite_backend.database, "TRK_PUBLIC_URL": broken.url, **TWO}
    start(broken, {**os.environ, **settings})
    with client() as shop:
        url = f"{broken.url}/{campaign.key}/beacon"
        answer = shop.post(url, content=beacon(1, ["crash"]))
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage")
        until = time.monotonic() + 20
        while shop.post(url, content=beacon(2, ["VIP", "after"])).status_code != 200:
            assert time.monotonic() < until
    assert "a mistake of ours in the writer" in broken.log()
    assert terminated(broken) == 0
    broken.close()
    sqlite_backend.start()
    campaign.expect_trackings(("VIP", "after"))


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
    await all_is_read(hanging)
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


FULL = """
import os
from trk.cli import main

fork, forked = os.fork, []

def full():
    forked.append(True)
    if len(forked) in (4, 5):
        raise BlockingIOError(11, "Resource temporarily unavailable")
    return fork()

os.fork = full
main()
"""


def test_without_room_for_a_process_it_is_started_later(tmp_path: Path) -> None:
    server = Server([sys.executable, "-c", FULL, "serve"], tmp_path / "log")
    start(server, {**os.environ, "TRK_DATABASE": f"sqlite:///{tmp_path}/trk.db", **TWO})
    before = processes(server)
    before[-1].kill()
    all_again(server, before)
    assert server.log().count("could not be started, and will be tried again") == 2
    assert terminated(server) == 0
    server.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_serves_on_a_unix_socket_that_is_given_to_it(tmp_path: Path, workers: str) -> None:
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"{short}/trk")
        bound.listen()
        with subprocess.Popen(
            [sys.executable, "-m", "trk", "serve", "--fd", str(bound.fileno())],
            pass_fds=[bound.fileno()],
            env={
                **os.environ,
                "TRK_DATABASE": f"sqlite:///{tmp_path}/trk.db",
                "TRK_WORKERS": workers,
            },
        ) as server:
            transport = httpx.HTTPTransport(uds=f"{short}/trk")
            with httpx.Client(transport=transport, timeout=60) as asking:
                assert asking.get("http://track.test/healthz").text == "ok\n"
            server.terminate()
            assert server.wait(30) == 0


UNABLE = """
import trk.cli.processes as processes
from trk.cli import main

def unable(*args, **kwargs):
    raise RuntimeError("this one cannot start")

processes.create_app = unable
main()
"""


def test_a_server_whose_processes_cannot_start_ends_with_a_status_that_says_so(
    tmp_path: Path,
) -> None:
    unable = Server([sys.executable, "-c", UNABLE, "serve"], tmp_path / "log")
    settings = {"TRK_DATABASE": f"sqlite:///{tmp_path}/trk.db", **TWO}
    with pytest.raises(Exception, match="this one cannot start"):
        unable.start({**os.environ, **settings})
    unable.close()
    assert "did not start (exit status 1); the server is stopping" in unable.log()


async def test_two_servers_on_one_file_share_it(
    sqlite_backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    start(sqlite_backend, TWO)
    campaign = trk_campaign("VIP", on=sqlite_backend)
    beside = Server([sys.executable, "-m", "trk", "serve"], tmp_path / "beside.log", "localhost")
    settings = {"TRK_DATABASE": sqlite_backend.database, "TRK_PUBLIC_URL": beside.url, **TWO}
    start(beside, {**os.environ, **settings})
    there = beacon_url(campaign).replace(str(sqlite_backend.port), str(beside.port))
    async with httpx.AsyncClient(trust_env=False, timeout=30) as shop:
        answers = await asyncio.gather(
            *[shop.post(beacon_url(campaign), content=beacon(n)) for n in range(200)],
            *[shop.post(there, content=beacon(n)) for n in range(100, 300)],
        )
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["duplicate"] for answer in answers].count(True) == 100
    assert stored_of(campaign) == set(range(300))
    beside.close()


async def test_beacons_as_large_as_they_may_be_pass_from_process_to_process(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(sqlite_backend, TWO)
    campaign = trk_campaign("VIP", on=sqlite_backend)
    bodies = [beacon(n, *[["VIP", f"{k}{'x' * 9_998}"] for k in range(6)]) for n in range(100)]
    async with httpx.AsyncClient(trust_env=False, timeout=60) as shop:
        answers = await asyncio.gather(
            *[shop.post(beacon_url(campaign), content=body) for body in bodies]
        )
    assert {answer.status_code for answer in answers} == {200}
    assert stored_of(campaign) == set(range(100))
    assert len(campaign.trackings()) == 600


async def test_beside_it_a_backup_is_made_and_nothing_is_restored(
    sqlite_backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    start(sqlite_backend, TWO)
    campaign = trk_campaign("VIP", on=sqlite_backend)
    shoppers, copy = Shoppers(campaign), tmp_path / "copy.db"

    def trk(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "trk", *arguments],
            env={**os.environ, "TRK_DATABASE": sqlite_backend.database},
            capture_output=True,
            text=True,
            check=False,
        )

    ready: list[set[int]] = []

    def back_up() -> None:
        ready.append(set(shoppers.acknowledged))
        done = trk("backup", str(copy))
        assert done.returncode == 0, done.stderr
        refused = trk("restore", "--force", str(copy))
        assert refused.returncode == 1, refused.stdout
        assert "is in use" in refused.stderr
        sqlite_backend.stop()

    await shoppers.send_until_gone(200, back_up)
    with closing(sqlite3.connect(copy)) as made:
        stored = {number_of(row[0]) for row in made.execute("SELECT beacon FROM trackings")}
    assert ready[0] <= stored
    assert trk("restore", "--force", str(copy)).returncode == 0
    start(sqlite_backend, TWO)
    assert stored_of(campaign) == stored


def test_the_metrics_are_those_of_all_processes(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    token = "a-token-for-the-metrics"
    start(backend, {**TWO, "TRK_METRICS_TOKEN": token, "TRK_QUEUE": "1000"})
    campaign = trk_campaign("VIP", on=backend)
    for n in range(40):
        assert post(campaign, beacon(n)).status_code == 200
    for _ in range(4):  # whichever is asked
        with client() as asking:
            told = asking.get(
                f"http://127.0.0.1:{backend.port}/metrics",
                headers={"authorization": f"Bearer {token}"},
            ).text
        values = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
        assert float(values['trk_beacons_total{result="stored"}']) == 40
        assert float(values["trk_queue_capacity"]) == 1000
        assert float(values["trk_workers"]) == 2
        assert float(values["trk_group_size_sum"]) == 40
        assert told.count("# TYPE trk_beacons_total counter") == 1


def test_a_mail_goes_out_at_once_whichever_process_was_asked_for_it(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(backend, TWO)
    campaign = trk_campaign("VIP", on=backend)
    address = campaign.url.replace("localhost", "127.0.0.1")
    for n in range(6):
        # The second browser with an address is mailed a link.
        for visitor in (n, 100 + n):
            with client() as browser:
                arrive(browser, address, visitor=f"{visitor:032x}")
                form = {"name": "Ann", "email": f"ann{n}@example.org"}
                assert browser.post(f"{address}/enter", data=form).is_error is False
        until = time.monotonic() + 10
        while f"ann{n}@example.org" not in backend.log():
            assert time.monotonic() < until, "the mail was not shown in the log"
            time.sleep(0.02)


def test_ctrl_c_on_a_terminal_ends_all_of_it_in_order(tmp_path: Path) -> None:
    # On a terminal the signal reaches all its processes, not the parent alone.
    server = Server([sys.executable, "-m", "trk", "serve"], tmp_path / "log")
    settings = {"TRK_DATABASE": f"sqlite:///{tmp_path}/trk.db", **TWO}
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
def test_a_signal_while_it_starts_ends_it(tmp_path: Path, how: signal.Signals) -> None:
    for pause in (0.0, 0.05, 0.3):
        with subprocess.Popen(
            [sys.executable, "-m", "trk", "serve", "--port", "0", "--workers", "2"],
            env={
                **os.environ,
                "TRK_DATABASE": f"sqlite:///{tmp_path}/trk.db",
                "TMPDIR": str(tmp_path),
            },
            stderr=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stderr is not None
            while "Set up this server" not in server.stderr.readline():
                pass
            time.sleep(pause)
            server.send_signal(how)
            server.communicate(timeout=30)
        # The handlers may not be there yet at once; then nothing else is, either.
        assert server.returncode == 0 or (pause == 0.0 and server.returncode in (1, -how))
        assert not list(tmp_path.glob("trk-*"))


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


def test_without_a_place_for_their_sockets_it_says_so_in_a_sentence(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "trk", "serve", "--port", "0", "--workers", "2"],
        env={**os.environ, "TRK_DATABASE": f"sqlite:///{tmp_path}/trk.db", "TMPDIR": str(deep)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Several workers need a folder for their sockets" in done.stderr
    assert "Traceback" not in done.stderr


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
