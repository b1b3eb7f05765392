"""Erases once a day what is too old to be kept, in small steps, so that beacons go first."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from trk.clock import now_ms
from trk.core.audit import KEPT
from trk.services.jobs.periodic import Periodic
from trk.services.pausing import pause_since
from trk.store import entrant_sessions, limits, retention
from trk.store.database import Database
from trk.store.program import Transaction
from trk.store.retention import Log
from trk.store.webhooks import Endpoint

log = logging.getLogger(__name__)

_DAY = 24 * 3_600_000
DELIVERIES = 30 * _DAY
"""How far back the webhooks' log goes (ms)."""
NETWORKS = 30 * _DAY
"""How long after a campaign's end it is known from which networks people entered (ms): until it is
drawn. Sooner with a shorter retention."""
TICKETS = 8 * _DAY
"""How long the tickets of clicks are kept (ms): for 7 days their beacons may come again."""
_Find = Callable[[Transaction, int, int], Coroutine[Any, Any, list[int]]]
_OF_ENDED: tuple[tuple[Log, _Find], ...] = (
    ("trackings", retention.old_trackings),
    ("refusals", retention.old_refusals),
    ("same_browsers", retention.old_pairs),
)


class Retention(Periodic):
    """Erases what is too old, as a task of the server; several servers may share the work."""

    def __init__(self, database: Database, days: int) -> None:
        """`days` is how long trackings and refusals of campaigns that are over are kept; 0: always.

        They may still be needed for 7 days: so long, a beacon may come again.
        """
        super().__init__("erasing old data", _DAY / 1000)
        self._database = database
        self._days = days

    async def work(self) -> None:
        """Erase what is too old now."""
        await self.sweep(now_ms())

    async def sweep(self, now: int) -> int:
        """Erase what is too old at `now` (ms), and return how many rows that was."""
        count = 0
        if self._days:
            before = now - self._days * _DAY
            for campaign_id in await self._database.read(retention.ended, now):
                for kind, find in _OF_ENDED:
                    count += await self._erase(kind, find, campaign_id, before)
        for campaign_id in await self._database.read(retention.campaigns):
            count += await self._erase("tickets", retention.old_tickets, campaign_id, now - TICKETS)
        over = now - min(NETWORKS, self._days * _DAY or NETWORKS)
        for campaign_id in await self._database.read(retention.over_since, over):
            count += await self._forget_networks(campaign_id)
        before = now - DELIVERIES
        for each in await self._database.read(retention.webhooks):
            count += await self._erase_deliveries(each, before)
        count += await self._in_parts(
            lambda tx: retention.old_audit(tx, now - KEPT), retention.erase_audit
        )
        while ended := await self._database.write(entrant_sessions.end_unused, now):
            count += ended
        while await self._database.write(limits.forget, await self._database.now()):
            pass
        if count:
            log.info("erased %d rows that were too old to keep", count)
        return count

    async def _forget_networks(self, campaign_id: int) -> int:
        return await self._in_parts(
            lambda tx: retention.networks(tx, campaign_id),
            lambda tx, rows: retention.forget_networks(tx, campaign_id, rows),
        )

    async def _erase_deliveries(self, endpoint: Endpoint, before: int) -> int:
        return await self._in_parts(
            lambda tx: retention.old_deliveries(tx, endpoint, before),
            lambda tx, rows: retention.erase(tx, "webhook_deliveries", endpoint.campaign_id, rows),
        )

    async def _erase(self, kind: Log, find: _Find, campaign_id: int, before: int) -> int:
        return await self._in_parts(
            lambda tx: find(tx, campaign_id, before),
            lambda tx, rows: retention.erase(tx, kind, campaign_id, rows),
        )

    async def _in_parts(
        self,
        find: Callable[[Transaction], Coroutine[Any, Any, list[int]]],
        erase: Callable[[Transaction, list[int]], Coroutine[Any, Any, None]],
    ) -> int:
        count = 0
        while rows := await self._database.read(find):
            began = time.monotonic()
            await self._database.write(erase, rows)
            count += len(rows)
            await pause_since(began)
        return count
