"""Counts new rows once, for the pages and charts of owners (see store/counters)."""

from __future__ import annotations

import time

from trk.services.jobs.periodic import Periodic
from trk.services.pausing import pause_since
from trk.store import counters
from trk.store.counters import KINDS, Counted, CounterMark
from trk.store.database import Database

_EVERY = 60
"""Seconds between two rounds."""


class Counters(Periodic):
    """Counts new rows, as a task of the server; several servers may share the work."""

    def __init__(self, database: Database) -> None:
        super().__init__("counting new rows", _EVERY)
        self._database = database
        self._marks: dict[Counted, CounterMark] = dict.fromkeys(KINDS, CounterMark(0, frozenset()))

    async def work(self) -> None:
        """Count what was there at an earlier round, once all transactions are over that were under
        way then, however long that takes."""
        for kind in KINDS:
            settled, writers = self._marks[kind]
            if writers and writers & await self._database.read(counters.writers, kind):
                continue
            # Read before anything is counted: newer rows are left for the next round.
            self._marks[kind] = await self._database.read(counters.mark, kind)
            await self._count(kind, settled)

    async def _count(self, kind: Counted, settled: int) -> None:
        """Count rows up to the id `settled`, in small parts, so that beacons go first."""
        more = True
        while more:
            began = time.monotonic()
            more = await self._database.write(counters.fold, kind, settled)
            if more:
                await pause_since(began)
