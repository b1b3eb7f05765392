"""Disks on which nothing can be stored when a server starts, and can again later."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from tests.backend.limited_files import limit_files
from trk_sdk.testkit.process import Server

_ROOM = 16 * 1024
"""Bytes that a file may have where the log still fits, but not what SQLite needs to open one."""

Start = Callable[[], object]


class Disk(Protocol):
    """One of them; its `folder` takes the database. Nothing is spoiled before `start`."""

    folder: Path

    def start(self, start: Start) -> None:
        """Start a server where nothing can be stored."""

    def mend(self, server: Server) -> None:
        """From now on the server can store."""


class Limited:
    """A server whose files may not grow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, start: Start) -> None:
        """Start it under a limit, which is passed on to it."""
        with limited():
            start()

    def mend(self, server: Server) -> None:
        """Take the limit away from all its processes."""
        process = psutil.Process(server.pid)
        for each in (process, *process.children(recursive=True)):
            limit_files(each.pid, None)


class Full:
    """A disk that has no room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rest = folder / "rest"

    def start(self, start: Start) -> None:
        """Fill it to the last block, and start."""
        with self._rest.open("wb", buffering=0) as rest, suppress(OSError):
            while rest.write(bytes(512)):
                pass
        start()

    def mend(self, server: Server) -> None:
        """Free it up."""
        self._rest.unlink()


class ReadOnly:
    """A disk that is mounted read-only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, start: Start) -> None:
        """Mount it so, and start."""
        _run("mount", "-o", "remount,ro", str(self.folder))
        start()

    def mend(self, server: Server) -> None:
        """Mount it to be written."""
        _run("mount", "-o", "remount,rw", str(self.folder))


DISKS: Mapping[str, Callable[[Path], Disk]] = {
    "limited": Limited,
    "full": Full,
    "read-only": ReadOnly,
}


@contextmanager
def limited() -> Iterator[None]:
    """This process' files, and those of processes that it starts, have no room."""
    limit_files(os.getpid(), _ROOM)
    try:
        yield
    finally:
        limit_files(os.getpid(), None)


@contextmanager
def disk(kind: str, folder: Path) -> Iterator[Disk]:
    """A disk of this kind in a new `folder`; skips the test where there can't be one."""
    if sys.platform != "linux":
        pytest.skip("only Linux limits another process' files")
    folder.mkdir()
    if kind == "limited":
        yield Limited(folder)
        return
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.strip()}")
    try:
        yield DISKS[kind](folder)
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
