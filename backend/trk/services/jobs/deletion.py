"""Erases what deleted campaigns, actions and fields leave, and lists that were left half made, in
small parts: beacons go first."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from trk.services.jobs.periodic import Periodic
from trk.services.pausing import pause_since
from trk.store import deletion, list_copies, unfinished_uploads
from trk.store.database import Database
from trk.store.program import Transaction

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

_EVERY = 60
"""Seconds between two rounds; what one server has left is finished by another one, or by the same
one after its next start."""


class Deletion(Periodic):
    """Erases what is deleted, as a task of the server; several servers may share the work."""

    def __init__(self, database: Database) -> None:
        super().__init__("erasing deleted campaigns, actions and fields", _EVERY)
        self._database = database

    async def work(self) -> None:
        """Erase all that is deleted to the end."""
        now = await self._database.now()
        for campaign_id in await self._database.read(deletion.deleted_campaigns):
            while not await self._part(deletion.erase_campaign_part, campaign_id):
                pass
            log.info("campaign %d was erased", campaign_id)
        for one in await self._database.read(deletion.deleted_actions):
            place: deletion.DeletionProgress | None = deletion.BEGINNING
            while place is not None:
                place = await self._part(deletion.erase_action_part, one, place)
            log.info("action %d was erased", one.action_id)
        for field in await self._database.read(deletion.deleted_fields):
            while not await self._part(deletion.erase_field_part, field):
                pass
            log.info("field %d was erased", field.field_id)
        for table in list_copies.TABLES:
            for each in await self._database.read(list_copies.left, table, now):
                while not await self._part(list_copies.erase_part, table, each):
                    pass
        for campaign_id in await self._database.read(unfinished_uploads.left, now):
            while not await self._part(unfinished_uploads.erase_part, campaign_id, now):
                pass

    async def _part(
        self,
        program: Callable[Concatenate[Transaction, P], Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        began = time.monotonic()
        result = await self._database.write(program, *args, **kwargs)
        await pause_since(began)
        return result
