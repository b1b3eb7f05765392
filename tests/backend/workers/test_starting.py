"""A server of several processes starts as one, or says why not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import pytest

from tests.backend.stopping import terminated
from tests.backend.workers.processes import (
    TWO,
    all_again,
    processes,
    start,
)
from trk_sdk.testkit.process import Server

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


CORES = """
import os
from trk.cli import main

os.sched_getaffinity = lambda pid: set(range(int(os.environ["CORES"])))
main()
"""


@pytest.mark.parametrize(("cores", "children"), [("1", 0), ("2", 3), ("16", 5)])
def test_as_many_serve_as_there_are_cores_and_on_sqlite_one_more_stores(
    tmp_path: Path, sqlite_url: str, cores: str, children: int
) -> None:
    server = Server([sys.executable, "-c", CORES, "serve"], tmp_path / "log")
    server.start({**os.environ, "CORES": cores, "TRK_DATABASE": sqlite_url})
    assert len(processes(server)) == children
    assert terminated(server) == 0
    server.close()


def test_without_room_for_a_process_it_is_started_later(tmp_path: Path, sqlite_url: str) -> None:
    server = Server([sys.executable, "-c", FULL, "serve"], tmp_path / "log")
    start(server, {**os.environ, "TRK_DATABASE": sqlite_url, **TWO})
    before = processes(server)
    before[-1].kill()
    all_again(server, before)
    assert server.log().count("could not be started, and will be tried again") == 2
    assert terminated(server) == 0
    server.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_serves_on_a_unix_socket_that_is_given_to_it(sqlite_url: str, workers: str) -> None:
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"{short}/trk")
        bound.listen()
        with subprocess.Popen(
            [sys.executable, "-m", "trk", "serve", "--fd", str(bound.fileno())],
            pass_fds=[bound.fileno()],
            env={**os.environ, "TRK_DATABASE": sqlite_url, "TRK_WORKERS": workers},
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
    tmp_path: Path, sqlite_url: str
) -> None:
    unable = Server([sys.executable, "-c", UNABLE, "serve"], tmp_path / "log")
    settings = {"TRK_DATABASE": sqlite_url, **TWO}
    with pytest.raises(Exception, match="this one cannot start"):
        unable.start({**os.environ, **settings})
    unable.close()
    assert "did not start (exit status 1); the server is stopping" in unable.log()


def test_without_a_place_for_their_sockets_it_says_so_in_a_sentence(
    tmp_path: Path, sqlite_url: str
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "trk", "serve", "--port", "0", "--workers", "2"],
        env={**os.environ, "TRK_DATABASE": sqlite_url, "TMPDIR": str(deep)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Several workers need a folder for their sockets" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(deep.iterdir()) == []


def test_without_a_place_for_their_sockets_one_serves_unless_several_were_asked_for(
    tmp_path: Path, sqlite_url: str
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    server = Server([sys.executable, "-c", CORES, "serve"], tmp_path / "log")
    settings = {"CORES": "2", "TRK_DATABASE": sqlite_url, "TMPDIR": str(deep)}
    server.start({**os.environ, **settings})
    assert processes(server) == []
    assert "One process serves: several need a folder for their sockets" in server.log()
    assert list(deep.iterdir()) == []
    assert terminated(server) == 0
    server.close()
