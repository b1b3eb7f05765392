"""Gives rewards to all who wait for one, to some at a time, so that beacons do not wait."""

from __future__ import annotations

import time

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.pausing import pause_since
from trk.store import rewards
from trk.store.database import Database

GIVEN = 200
"""To how many a reward is given at once, each with a mail."""


async def give_to_waiting(database: Database, campaign: Campaign, most: int | None = None) -> None:
    """Give them theirs, in the order of earning them; to the first so many, or to all."""
    waiting = (await database.read_through(rewards.waiting, campaign))[:most]
    for start in range(0, len(waiting), GIVEN):
        began = time.monotonic()
        await database.write(rewards.grant, campaign, waiting[start : start + GIVEN], now_ms())
        await pause_since(began)
