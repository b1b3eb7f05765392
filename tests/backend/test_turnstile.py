"""Turns at a SQLite file: who waits comes next, and who is gone holds nobody up."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trk.store.errors import Unavailable
from trk.store.turnstile import Turnstile

BUSY = """
import sys, time
from trk.store.turnstile import Turnstile

turnstile = Turnstile(sys.argv[1])
turnstile.open()
held = float(sys.argv[2])
while True:
    with turnstile.turn():
        print("turn", flush=True)
        time.sleep(held)
"""


HANGING = """
import fcntl, time

with open("{path}-turn", "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX, 1, 1)
    print("waits", flush=True)
    time.sleep(600)
"""


@contextmanager
def busy(path: Path, held: float) -> Iterator[subprocess.Popen[str]]:
    """Another process that has turn after turn, each so many seconds long; it has one now."""
    command = [sys.executable, "-c", BUSY, str(path), str(held)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "turn\n"
        try:
            yield other
        finally:
            other.kill()


def _read(file: int) -> bytes:
    """What is there to be read."""
    try:
        return os.read(file, 65_536)
    except BlockingIOError:
        return b""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database's file."""
    made = tmp_path / "trk.db"
    made.touch(0o640)
    return made


@pytest.fixture
def turnstile(path: Path) -> Iterator[Turnstile]:
    """Its turns."""
    made = Turnstile(str(path))
    made.open()
    yield made
    made.close()


def test_who_waits_comes_after_the_turn_under_way_however_busy_the_other_is(
    path: Path, turnstile: Turnstile
) -> None:
    with busy(path, 0.05) as other:
        assert other.stdout is not None
        said = other.stdout.fileno()
        os.set_blocking(said, False)
        for _ in range(20):
            _read(said)
            with turnstile.turn():
                turns = _read(said).count(b"turn")
            # The one that it had, and at most one that began while this was about to wait.
            assert turns <= 2


def test_a_process_that_is_killed_in_its_turn_holds_nobody_up(
    path: Path, turnstile: Turnstile
) -> None:
    with busy(path, 600) as other:
        other.kill()
        other.wait()
        with turnstile.turn():
            pass


def test_who_gets_no_turn_is_told_so_within_seconds_and_keeps_nobody_else_from_one(
    path: Path, turnstile: Turnstile
) -> None:
    with busy(path, 600):
        started = time.monotonic()
        said = "another process has written to it for 3 s"
        with pytest.raises(Unavailable, match=said), turnstile.turn():
            pass
        assert 2.5 < time.monotonic() - started < 10
    with turnstile.turn():
        pass


def test_who_hangs_while_it_waits_keeps_nobody_else_from_writing(
    path: Path, turnstile: Turnstile
) -> None:
    waiting = HANGING.format(path=path)
    with subprocess.Popen(
        [sys.executable, "-c", waiting], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "waits\n"
        with turnstile.turn():  # who gets none within 3 s is told so
            pass
        other.kill()


def test_the_file_is_for_whom_the_database_is(path: Path, turnstile: Turnstile) -> None:
    made = path.with_name("trk.db-turn").stat()
    assert stat.S_IMODE(made.st_mode) == 0o640
    assert made.st_size == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_a_command_of_roots_does_not_lock_the_server_out(path: Path) -> None:
    os.chown(path, 12345, 12345)
    made = Turnstile(str(path))
    made.open()
    made.close()
    owner = path.with_name("trk.db-turn").stat()
    assert (owner.st_uid, owner.st_gid) == (12345, 12345)
