"""Gives rewards that were earned and, for whatever reason, not given at once."""

from __future__ import annotations

import logging
import time

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.jobs.periodic import Periodic
from trk.services.pausing import pause_since
from trk.store import missed_rewards, rewards
from trk.store.database import Database

log = logging.getLogger(__name__)

_EVERY = 3600.0
"""Seconds between two rounds; the first one is when the server starts."""


class RewardGiver(Periodic):
    """Gives them, as a task of the server; of several servers, one gives each."""

    def __init__(self, database: Database) -> None:
        super().__init__("giving rewards that were missed", _EVERY)
        self._database = database

    async def work(self) -> None:
        """Look through the entrants of all campaigns that give rewards."""
        await self.for_each(await self._database.read(missed_rewards.giving), self._give)

    async def _give(self, campaign: Campaign) -> None:
        if given := await self._look_through(campaign):
            log.warning(
                "In campaign %s %d had earned a reward and not got it; they have it now.",
                campaign.key,
                given,
            )

    async def _look_through(self, campaign: Campaign) -> int:
        given, after = 0, 0
        while True:
            began = time.monotonic()
            missed, last = await self._database.read(missed_rewards.look, campaign, after)
            if missed:
                given += await self._database.write(rewards.grant, campaign, missed, now_ms())
            if last is None:
                return given
            after = last
            await pause_since(began)
