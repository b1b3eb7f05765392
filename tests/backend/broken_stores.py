"""Servers whose storing is broken, as programs for `python -c PROGRAM serve`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from trk_sdk.testkit.process import Backend, Server

FAILING = """
from trk.cli import main
from trk.store import beacons

store = beacons.store

async def sabotaged(tx, group):
    if any(pair[0] == "crash" for each in group for pair in each.beacon.pairs):
        raise RuntimeError("a mistake of ours in the rules")
    return await store(tx, group)

beacons.store = sabotaged
main()
"""
"""Fails at a beacon that says `crash`."""

CRASHING = """
from trk.cli import main
from trk.store.writer import Writer

stored = Writer._stored

def sabotaged(writer, group, replies, seconds):
    if any(pair[0] == "crash" for each, _ in group for pair in each.beacon.pairs):
        raise RuntimeError("a mistake of ours in the writer")
    stored(writer, group, replies, seconds)

Writer._stored = sabotaged
main()
"""
"""Its writer ends after it has stored a beacon that says `crash`, and before it has said so."""

HANGING = """
import time

from trk.cli import main
from trk.store import beacons

async def hang(tx, group):
    print("it hangs", flush=True)
    time.sleep(600)

beacons.store = hang
main()
"""
"""Hangs as soon as there is something to store, and says so."""


@contextmanager
def broken(
    backend: Backend, program: str, folder: Path, settings: Mapping[str, str]
) -> Iterator[Server]:
    """A server made of one of these programs, in the place of one that is stopped for it."""
    backend.stop()
    server = Server([sys.executable, "-c", program, "serve"], folder / "broken.log")
    own = {"TRK_DATABASE": backend.database, "TRK_PUBLIC_URL": server.url}
    try:
        server.start({**os.environ, **own, **settings})
        yield server
    finally:
        server.close()


def wait_until_it_hangs(server: Server) -> None:
    """Wait until a server made of HANGING hangs."""
    until = time.monotonic() + 30
    while "it hangs" not in server.log():
        assert time.monotonic() < until, server.log()
        time.sleep(0.02)
