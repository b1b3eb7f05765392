"""Tells owners that a campaign is over."""

from __future__ import annotations

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.jobs.mailer import Mailer
from trk.services.jobs.periodic import Periodic
from trk.store import ends
from trk.store.database import Database

_EVERY = 5.0
"""Seconds between two rounds."""


class EndTeller(Periodic):
    """Queues the mails, as a task of the server; of several servers, one does for each end."""

    def __init__(self, database: Database, mailer: Mailer, public_url: str) -> None:
        super().__init__("telling owners of ended campaigns", _EVERY)
        self._database = database
        self._mailer = mailer
        self._public_url = public_url

    async def work(self) -> None:
        """Tell owners of every end, also of one while no server was running."""
        await self.for_each(await self._database.read(ends.due, now_ms()), self._tell)

    async def _tell(self, campaign: Campaign) -> None:
        if await self._database.write(ends.tell, campaign, self._public_url, now_ms()):
            self._mailer.wake()
