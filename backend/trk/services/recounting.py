"""Goes on with counting all friends of a large campaign anew (see store/recounting), once what has
waited of visitors is settled (see settling): a part at a time, in a job, and in the requests that
make it necessary to count friends."""

from __future__ import annotations

import time
from contextlib import suppress

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.giving import give_to_waiting
from trk.services.pausing import pause_since
from trk.services.settling import settle_part
from trk.store import counting, recounting, recounts, rewards, settlements
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.program import Transaction

_AT_ONCE = 20
"""How many parts are counted while the owner waits who has changed what counts."""
_PATIENCE = 20.0
"""Seconds for which whoever needs to know the number of friends waits for it."""


async def go_on(database: Database, campaign: Campaign) -> None:
    """Count some parts, if there is anything to count; what takes longer than a moment, or fails,
    is left to the job (see services/jobs/part_counter)."""
    with suppress(DatabaseError):  # what makes it necessary has been stored
        for _ in range(_AT_ONCE):
            if await _finished(database, campaign):
                return


async def finish(database: Database, campaign: Campaign) -> None:
    """Count to the end. Raises Gone if the campaign has been deleted."""
    while not await _finished(database, campaign):
        pass


async def until_counted(database: Database, campaign: Campaign) -> None:
    """Wait until all friends are counted, and what visitors have done is settled, and help with it.
    Raises StillCounting after a while."""
    until = time.monotonic() + _PATIENCE
    while not await _finished(database, campaign):
        if time.monotonic() > until:
            await database.read(counting.check, campaign)


async def count_part(tx: Transaction, campaign: Campaign) -> bool:
    """Count the next part of the campaign's friends, with the rewards that come of it; True once
    there is none. Raises Gone if the campaign has been deleted."""
    now = now_ms()
    referrers, finished = await recounting.go_on(tx, campaign, now)
    await rewards.grant(tx, campaign, referrers, now)
    return finished


async def _finished(database: Database, campaign: Campaign) -> bool:
    """Settle or count a part; True once there is nothing left."""
    began = time.monotonic()
    if await database.read(settlements.under_way, campaign):
        await database.write(settle_part, campaign)
        await pause_since(began)
        return False
    if not await database.read(recounts.under_way, campaign):
        return True
    began = time.monotonic()
    finished = await database.write(count_part, campaign)
    await pause_since(began)
    if finished and campaign.kind == "reward":
        # Some had to wait for what might have been taken back from them.
        await give_to_waiting(database, campaign)
    return finished
