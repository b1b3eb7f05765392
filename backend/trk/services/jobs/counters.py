"""Counts new rows once, for the pages and charts of owners (see store/counters)."""

from __future__ import annotations

import asyncio
import time

from trk.services.jobs.periodic import Periodic
from trk.store import counters
from trk.store.counters import KINDS, Counted
from trk.store.database import Database

SETTLED = 60
"""Seconds after which a row that has an id is stored, or never will be: transactions take
milliseconds."""


class Counters(Periodic):
    """Counts new rows, as a task of the server; several servers may share the work."""

    def __init__(self, database: Database) -> None:
        super().__init__("counting new rows", SETTLED)
        self._database = database
        self._seen: dict[Counted, int] = dict.fromkeys(KINDS, 0)

    async def work(self) -> None:
        """Count what was there at the last round, in small parts, so that beacons go first."""
        for kind in KINDS:
            settled = self._seen[kind]
            # Read before anything is counted: newer rows are left for the next round.
            self._seen[kind] = await self._database.read(counters.newest, kind)
            more = True
            while more:
                began = time.monotonic()
                more = await self._database.write(counters.fold, kind, settled)
                if more:
                    await asyncio.sleep(time.monotonic() - began)
