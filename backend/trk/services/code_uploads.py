"""Lists of codes: added, and taken back, a part at a time, so that beacons do not wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, TypeVar

from trk.clock import now_ms
from trk.core.audit import Done
from trk.core.campaign import Campaign
from trk.services.audit import note, note_more
from trk.services.giving import GIVEN, give_to_waiting
from trk.services.pausing import pause_since
from trk.store import campaigns, codes, rewards, unfinished_uploads
from trk.store.database import Database
from trk.store.errors import DatabaseError, Locked
from trk.store.program import Program, Transaction

T = TypeVar("T")

_PATIENCE = 20.0
"""Seconds for which a list waits for another one of its campaign: longer than one that nobody is at
work on any more is left alone."""
_LOOK = 0.05
"""Seconds between two looks."""


class NewCodes(NamedTuple):
    """How many codes of a list were new, and whether more may wait for them than got one."""

    number: int
    more_wait: bool


async def add_codes(
    database: Database, campaign: Campaign, new: Sequence[str], name: str = ""
) -> int:
    """Add codes, of a file with this name, all or none; known ones change nothing: how many were
    new. Those who wait for one get it."""
    async with adding(database, campaign, new, name) as finish:
        added = await database.write(finish)
    await give_added(database, campaign, added)
    return added.number


@asynccontextmanager
async def adding(
    database: Database, campaign: Campaign, new: Sequence[str], name: str
) -> AsyncIterator[Program[NewCodes]]:
    """The program that makes codes of a file with this name the campaign's, all of them at once;
    all but the last part of them are stored before. Codes of another list are known to this one:
    of a campaign, one is added after the other."""
    upload = await _begun(database, campaign, name)
    try:
        *parts, rest = _parts(new)
        stored = 0
        for part in parts:
            began, now = time.monotonic(), await database.now()
            stored += await database.write(unfinished_uploads.add, campaign, upload, part, now)
            await pause_since(began)
        known = await _waiting(database, campaign)

        async def finish(tx: Transaction) -> NewCodes:
            return await _finish(tx, campaign, upload, rest, stored, known)

        yield finish
    except BaseException:
        # Unless it is finished. If this process ends before, it is found to be left later.
        with suppress(DatabaseError):
            await database.write(unfinished_uploads.give_up, campaign, upload)
        raise


async def give_added(database: Database, campaign: Campaign, added: NewCodes) -> None:
    """Give codes that were just added to the many who may wait for one."""
    if added.more_wait:
        await give_to_waiting(database, campaign, added.number)


async def until_free(database: Database, campaign: Campaign) -> None:
    """Wait until no list of the campaign is in the making. Raises Locked after a while."""
    until = time.monotonic() + _PATIENCE
    while await database.read(unfinished_uploads.in_the_making, campaign):
        began = time.monotonic()
        if began > until:
            raise Locked(f"a list of codes is being added to campaign {campaign.key}")
        await database.write(unfinished_uploads.erase_part, campaign.id, await database.now())
        await asyncio.sleep(max(_LOOK, time.monotonic() - began))


async def take_back_codes(database: Database, campaign: Campaign, upload_id: int) -> int:
    """Remove those codes of an upload that nobody has got yet: how many."""
    return await database.write(await taking_back(database, campaign, upload_id))


async def taking_back(database: Database, campaign: Campaign, upload_id: int) -> Program[int]:
    """The program that removes the last part of those codes of an upload that nobody has got yet,
    and says how many there were; the others are removed before.

    If this process ends in between, it can be done again: it is one entry of the audit, which says
    how many are removed so far.
    """
    left = await database.read(codes.left_of, campaign, upload_id)
    *parts, rest = _parts(left)
    removed, entry = 0, None

    async def take_back(tx: Transaction, part: Sequence[int]) -> tuple[int, int | None]:
        gone = len(await codes.take_back(tx, campaign, part))
        return gone, await _note_removed(tx, campaign, upload_id, removed, gone, entry)

    for part in parts:
        began = time.monotonic()
        gone, entry = await database.write(take_back, part)
        removed += gone
        await pause_since(began)

    async def finish(tx: Transaction) -> int:
        gone, _ = await take_back(tx, rest)
        return removed + gone

    return finish


def _parts(whole: Sequence[T]) -> list[Sequence[T]]:
    """At least one, which may be empty."""
    size = unfinished_uploads.PART
    return [whole[start : start + size] for start in range(0, len(whole), size)] or [[]]


async def _begun(database: Database, campaign: Campaign, name: str) -> int:
    while True:
        await until_free(database, campaign)
        now = await database.now()
        upload = await database.write(unfinished_uploads.begin, campaign, name, now)
        if upload is not None:
            return upload


async def _waiting(database: Database, campaign: Campaign) -> list[int]:
    """The first who wait for a code, as far as that can be known before there are some."""
    if await database.read(codes.has_code, campaign):
        return []
    return (await database.read_through(rewards.waiting, campaign))[:GIVEN]


async def _finish(
    tx: Transaction,
    campaign: Campaign,
    upload: int,
    rest: Sequence[str],
    stored: int,
    known: Sequence[int],
) -> NewCodes:
    await campaigns.keep(tx, campaign)
    await codes.lock_stock(tx, campaign)
    sold_out = not await codes.has_code(tx, campaign)
    added = await unfinished_uploads.finish(tx, campaign, upload, rest, stored)
    if not added:
        return NewCodes(0, False)
    await note(tx, "made", "codes", about=str(added), campaign=campaign)
    more = await rewards.give_codes(tx, campaign, added, now_ms(), known)
    # Who earns one gets it at once while there is one: then nobody waits.
    return NewCodes(added, more and sold_out)


async def _note_removed(
    tx: Transaction,
    campaign: Campaign,
    upload_id: int,
    before: int,
    removed: int,
    entry: int | None,
) -> int | None:
    if not removed:
        return entry
    if entry is None:
        return await note(tx, "deleted", "codes", upload_id, about=str(removed), campaign=campaign)
    done = Done("deleted", "codes", upload_id, str(removed), campaign.key)
    await note_more(tx, entry, done, str(before + removed))
    return entry
