"""Servers whose storing is broken, as programs for `python -c PROGRAM serve`."""

CRASHING = """
from trk.cli import main
from trk.store import beacons

store = beacons.store

async def sabotaged(tx, group):
    if any(pair[0] == "crash" for each in group for pair in each.beacon.pairs):
        raise RuntimeError("a mistake of ours in the writer")
    return await store(tx, group)

beacons.store = sabotaged
main()
"""
"""Fails at a beacon that says `crash`."""

HANGING = """
import time

from trk.cli import main
from trk.store import beacons

async def hang(tx, group):
    time.sleep(600)

beacons.store = hang
main()
"""
"""Hangs as soon as there is something to store."""
