"""Erases what belongs to deleted campaigns, a small part at a time: beacons go first."""

from __future__ import annotations

import asyncio
import logging
import time

from backend.store import changes
from backend.store.database import Database
from backend.store.errors import DatabaseError

log = logging.getLogger(__name__)

_EVERY = 60
"""Seconds between two looks: what one server has left, another one, or the same one after its next
start, goes on with."""


class Removal:
    """Erases deleted campaigns, as a task of the server; several servers may share the work."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something to do now."""
        self._wake.set()

    async def run(self) -> None:
        """Erase whatever is to be erased, until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self.sweep()
            except DatabaseError as error:
                log.warning("deleted campaigns are erased later: %s", error)
            try:
                async with asyncio.timeout(_EVERY):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def sweep(self) -> None:
        """Erase all deleted campaigns to the end."""
        for campaign_id in await self._database.read(changes.deleted()):
            while True:
                began = time.monotonic()
                if await self._database.write(changes.erase_part(campaign_id)):
                    break
                # As long as it took: half of the time is everybody else's.
                await asyncio.sleep(time.monotonic() - began)
            log.info("campaign %d is erased", campaign_id)
