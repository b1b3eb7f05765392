"""Counts once what has come, for the pages and charts of owners: see store/tallies."""

from __future__ import annotations

import asyncio
import time

from trk.services.jobs.periodic import Periodic
from trk.store import counters
from trk.store.counters import KINDS, Counted
from trk.store.database import Database

SETTLED = 60
"""Seconds after which whatever has an id is stored, or never will be: transactions take
milliseconds."""


class Counters(Periodic):
    """Counts new rows, as a task of the server; several servers may share the work."""

    def __init__(self, database: Database) -> None:
        super().__init__("counting new rows", SETTLED)
        self._database = database
        self._seen: dict[Counted, int] = dict.fromkeys(KINDS, 0)

    async def work(self) -> None:
        """Count what was there at the last look, a small part at a time: beacons go first."""
        for kind in KINDS:
            settled = self._seen[kind]
            # Before anything is counted: what is newer than this is for the next look.
            self._seen[kind] = await self._database.read(counters.newest, kind)
            more = True
            while more:
                began = time.monotonic()
                more = await self._database.write(counters.fold, kind, settled)
                if more:
                    await asyncio.sleep(time.monotonic() - began)
