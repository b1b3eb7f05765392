"""`trk serve`: what it needs, and where it listens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from tests.backend.command_line import Run, refused


def test_what_serve_needs_may_stand_before_or_behind_it(trk: Run) -> None:
    refused(trk("serve", "--database", "trk.db"), "database is 'trk.db'; expected sqlite:///PATH")
    refused(trk("--database", "trk.db", "serve"), "database is 'trk.db'; expected sqlite:///PATH")


def test_an_address_of_standbys_that_cannot_be_read_is_told_in_a_sentence(trk: Run) -> None:
    serve = ("serve", "--database", "postgresql://u@h/d", "--database-read")
    refused(
        trk(*serve, "postgresql://u:secret/1@h/d"),
        "database_read can't be used: one of its ports is not a number from 1 to 65535",
    )
    refused(trk("serve", "--database-read", "postgresql://h/d"), "SQLite, which has no standbys")


def test_a_busy_port_is_told_in_a_sentence(trk: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = f"Can't listen on 127.0.0.1, port {port}: Address already in use. Choose others"
        refused(trk("serve", "--port", str(port)), said)


@pytest.fixture
def bound() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_the_server_serves_on_a_socket_that_is_bound_already_and_stops_cleanly(
    bound: socket.socket, sqlite_url: str
) -> None:
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    process = subprocess.Popen(
        [sys.executable, "-m", "trk", "serve", "--fd", str(bound.fileno())],
        pass_fds=[bound.fileno()],
        env={**os.environ, "TRK_DATABASE": sqlite_url, "TRK_WORKERS": "1"},
        stderr=subprocess.PIPE,
    )
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=60) as answer:
            assert answer.read() == b"ok\n"
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert b"Application shutdown complete" in log
    assert b"Traceback" not in log
