"""Copies a campaign's list: a short one in the transaction that takes it, a long one before, a part
at a time, so that beacons do not wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.pausing import pause_since
from trk.store import campaigns, counting, list_copies
from trk.store.database import Database
from trk.store.list_copies import Copy, Outdated, Unfinished
from trk.store.lists import ListTable
from trk.store.program import Transaction

T = TypeVar("T")

_TRIES = 5


async def with_list(
    database: Database,
    campaign: Campaign,
    table: ListTable,
    take: Callable[[Transaction, Copy | None], Coroutine[Any, Any, T]],
) -> T:
    """What `take` makes of the campaign's list, in one transaction: of a copy, if it is long. None
    means that it copies the list itself.

    Raises Outdated if the campaign was corrected each time while its list was copied, and
    StillCounting while its friends are counted anew.
    """
    if not await database.read(campaigns.is_large, campaign):
        return await database.write(take, None)
    for _ in range(_TRIES - 1):
        try:
            return await _once(database, campaign, table, take)
        except Outdated:
            continue
    return await _once(database, campaign, table, take)


async def _once(
    database: Database,
    campaign: Campaign,
    table: ListTable,
    take: Callable[[Transaction, Copy | None], Coroutine[Any, Any, T]],
) -> T:
    state = await database.read(list_copies.state, campaign)
    # In this order: whatever makes all friends count anew from now on changes the state.
    await database.read(counting.check, campaign)
    at = now_ms()
    parts, unconfirmed = await database.read_through(list_copies.read, campaign)
    made = await database.write(list_copies.begin, campaign, table, await database.now())
    if made is None:
        return await database.write(take, None)
    try:
        for part in parts:
            began = time.monotonic()
            await database.write(list_copies.add, campaign, table, made, part)
            await pause_since(began)
        return await database.write(take, Copy(made, at, state, unconfirmed))
    finally:
        # Unless it was taken. If this process ends before, the list is found later (list_copies).
        await database.write(list_copies.give_up, table, Unfinished(campaign.id, made))
