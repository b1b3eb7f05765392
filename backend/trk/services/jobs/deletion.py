"""Erases what deleted campaigns and actions leave, a small part at a time: beacons go first."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TypeVar

from trk.store import deletion
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.program import Program

T = TypeVar("T")

log = logging.getLogger(__name__)

_EVERY = 60
"""Seconds between two looks: what one server has left, another one, or the same one after its next
start, goes on with."""


class Deletion:
    """Erases what is deleted, as a task of the server; several servers may share the work."""

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
                log.warning("what is deleted is erased later: %s", error)
            try:
                async with asyncio.timeout(_EVERY):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def sweep(self) -> None:
        """Erase all that is deleted to the end."""
        for campaign_id in await self._database.read(deletion.deleted()):
            while not await self._part(deletion.erase_part(campaign_id)):
                pass
            log.info("campaign %d is erased", campaign_id)
        for one in await self._database.read(deletion.doomed()):
            place: deletion.Place | None = deletion.BEGINNING
            while place is not None:
                place = await self._part(deletion.part(one, place))
            log.info("action %d is erased", one.action_id)

    async def _part(self, program: Program[T]) -> T:
        began = time.monotonic()
        result = await self._database.write(program)
        # As long as it took: half of the time is everybody else's.
        await asyncio.sleep(time.monotonic() - began)
        return result
