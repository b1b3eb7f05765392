"""The units of systemd: taken without a warning, and they do what they are for."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.backend.operating import FILES, HERE
from trk.cli.server import _HANDING_OVER, _LAST
from trk.settings import Settings

UNITS = ("trk.service", "trk.socket", "trk-backup.service", "trk-backup.timer")


def parsed(name: str) -> RawConfigParser:
    parser = RawConfigParser(strict=True, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string((FILES / name).read_text("utf-8"))
    return parser


def test_the_units_are_files_of_systemd() -> None:
    for name in (*UNITS, "patroni.service"):
        assert parsed(name).sections()[0] == "Unit"


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units in a folder, with a program that is there: else systemd would only say that."""
    for name in UNITS:
        text = (FILES / name).read_text("utf-8").replace("/opt/trk/bin/trk", sys.executable)
        (tmp_path / name).write_text(text)
    return tmp_path


def analyzed(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is missing: this machine has no systemd")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_systemd_takes_the_units_without_a_warning(units: Path) -> None:
    done = analyzed("verify", *[units / name for name in UNITS])
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["trk.service", "trk-backup.service"])
def test_systemd_calls_what_a_service_may_do_little(name: str, units: Path) -> None:
    done = analyzed("security", "--offline=true", "--threshold=20", "--no-pager", units / name)
    if "unrecognized option" in done.stderr:
        pytest.skip("systemd-analyze is older than systemd 250 and can't look at a file")
    assert done.returncode == 0, done.stdout + done.stderr


def test_systemd_waits_longer_than_the_server_takes_to_stop() -> None:
    settings = Settings()
    longest = settings.drain + settings.stop_timeout + _LAST + _HANDING_OVER
    assert int(parsed("trk.service")["Service"]["TimeoutStopSec"]) > longest


def test_the_nightly_backup_is_a_command_that_works(sqlite_url: str, tmp_path: Path) -> None:
    command = parsed("trk-backup.service")["Service"]["ExecStart"]
    command = command.replace("%%", "%").replace("$$", "$")
    command = command.replace("/opt/trk/bin/trk", f"{sys.executable} -m trk")
    (tmp_path / "backups").mkdir()
    environment = {**os.environ, "TRK_DATABASE": sqlite_url, "PYTHONPATH": str(HERE.parent)}
    for _ in range(2):  # the next week's takes its place
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    [made] = (tmp_path / "backups").iterdir()
    assert re.fullmatch(r"trk-[1-7]\.db", made.name)


@contextmanager
def serving_on(listening: socket.socket, database: str, log: Path) -> Iterator[None]:
    """A server on a socket that somebody else holds, as systemd does; stopped at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "trk", "serve", "--fd", str(listening.fileno())],
            pass_fds=[listening.fileno()],
            env={**os.environ, "TRK_DATABASE": database, "TRK_WORKERS": "1"},
            stderr=output,
        )
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(60) == 0, log.read_text()


def asked(client: socket.socket) -> None:
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")


def test_who_comes_while_the_server_is_started_anew_waits_and_is_answered(
    sqlite_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        with (
            serving_on(listening, sqlite_url, log),
            socket.create_connection(address, timeout=60) as client,
        ):
            asked(client)
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
        with socket.create_connection(address, timeout=60) as client:
            asked(client)  # nobody is there
            with serving_on(listening, sqlite_url, log):
                assert client.recv(4096).startswith(b"HTTP/1.1 200")
