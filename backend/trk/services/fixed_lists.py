"""Fixes the list of a campaign that has ended, and publishes its digest."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.draw import DrawPrize
from trk.core.proof import FixedList
from trk.services.list_copying import with_list
from trk.store import fixed_lists
from trk.store.database import Database
from trk.store.errors import gone
from trk.store.fixed_lists import StoredList
from trk.store.list_copies import Copy
from trk.store.program import Transaction


def published(lists: Iterable[StoredList]) -> list[FixedList]:
    """What everybody may know of the lists that were fixed."""
    return [
        FixedList(
            each.ended_at,
            each.fixed_at,
            each.digest,
            each.entrants or 0,
            each.entries or 0,
            msgspec.json.decode(each.prizes, type=list[DrawPrize]),
            each.opened_at,
        )
        for each in lists
        if each.digest is not None
    ]


async def fix_list(database: Database, campaign: Campaign) -> StoredList | None:
    """The campaign's list, which is fixed now unless that was done; None while it is open.

    Whoever fixes it may die in between, or not be alone: the list is copied once, and its digest
    follows from the copy. Raises Gone if the campaign has been deleted.
    """

    async def fix(tx: Transaction, copy: Copy | None) -> None:
        await fixed_lists.fix(tx, campaign, now_ms(), copy)

    if await database.read(fixed_lists.open_since, campaign, now_ms()) is not None:
        await with_list(database, campaign, "fixed_entries", fix)
    lists = await database.read(fixed_lists.of_campaign, campaign)
    if not lists or lists[-1].opened_at is not None:
        return None
    if lists[-1].digest is None:
        made = await database.read(fixed_lists.tickets, campaign, lists[-1].id)
        doubts = await database.read(fixed_lists.doubtful, campaign, lists[-1].id)
        await database.write(fixed_lists.publish, campaign, lists[-1].id, made, doubts)
        lists = await database.read(fixed_lists.of_campaign, campaign)
    if not lists:
        raise gone(campaign)
    return lists[-1]
