"""Goes on with what is counted in parts (see store/counting) where it is left unfinished."""

from __future__ import annotations

from trk.core.campaign import Campaign
from trk.services.jobs.periodic import Periodic
from trk.services.recounting import finish
from trk.store import campaigns, counting
from trk.store.database import Database

_EVERY = 5.0
"""Seconds between two rounds."""


class PartCounter(Periodic):
    """Counts it, as a task of the server; several servers may share the work, part by part."""

    def __init__(self, database: Database) -> None:
        super().__init__("counting friends and what visitors have done", _EVERY)
        self._database = database

    async def work(self) -> None:
        """Count to the end, also what was begun by a server that is gone."""
        unfinished = await self._database.read(counting.unfinished)
        known = await self._database.read(campaigns.by_keys, unfinished)
        await self.for_each(known.values(), self._count)

    async def _count(self, campaign: Campaign) -> None:
        await finish(self._database, campaign)
