"""Fixes the lists of campaigns that have ended, so that everybody sees what is changed later."""

from __future__ import annotations

import logging

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.fixed_lists import fix_list
from trk.services.jobs.periodic import Periodic
from trk.store import fixed_lists
from trk.store.database import Database

log = logging.getLogger(__name__)

_EVERY = 5.0
"""Seconds between two rounds: so long the list of a campaign that has just ended may be open."""


class ListFixer(Periodic):
    """Fixes lists, as a task of the server; of several servers, one fixes each list."""

    def __init__(self, database: Database) -> None:
        super().__init__("fixing the lists of ended campaigns", _EVERY)
        self._database = database

    async def work(self) -> None:
        """Fix the lists of all campaigns that have ended, also while no server was running."""
        await self.for_each(await self._database.read(fixed_lists.due, now_ms()), self._fix)

    async def _fix(self, campaign: Campaign) -> None:
        fixed = await fix_list(self._database, campaign)
        if fixed is not None:
            log.info("The list of campaign %s was fixed: %s", campaign.key, fixed.digest)
