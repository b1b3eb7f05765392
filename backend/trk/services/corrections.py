"""Corrections by the owner, each noted in the audit."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from trk.core.audit import Deed, Thing
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.services.parts import AT_ONCE
from trk.services.pausing import pause_since
from trk.store import corrections, leaving_out, validity
from trk.store.corrections import Cause, CorrectionProgram
from trk.store.database import Database
from trk.store.program import Program, Transaction


@dataclass(frozen=True, slots=True)
class Correction:
    """What owners correct: several things by `each`, or one if it is called, which says whether
    that changed it."""

    deed: Deed
    thing: Thing
    program: CorrectionProgram

    async def __call__(
        self,
        tx: Transaction,
        campaign: Campaign,
        number: int,
        /,
        cause: Cause,
    ) -> bool:
        return bool(await each(tx, self, campaign, [number], cause))


async def each(
    tx: Transaction,
    correction: Correction,
    campaign: Campaign,
    ids: Collection[int],
    cause: Cause,
) -> list[int]:
    """Correct each of these, all in one transaction; the ids of those that it changed.

    Raises Duplicate or FriendRefused, and changes nothing, if one can't be restored.
    """
    changed = await correction.program(tx, campaign, ids, cause)
    for number in changed:
        await note(tx, correction.deed, correction.thing, number, campaign=campaign)
    return changed


async def unblocking(
    database: Database, campaign: Campaign, ids: Collection[int], cause: Cause
) -> Program[list[int]]:
    """The program that unblocks the last part of these entrants, in the order of their ids, and
    says who were blocked of all; the others are unblocked before, so that beacons do not wait.

    Each brings their friends back. If this process ends in between, it can be done again.
    """
    chosen = sorted(set(ids))
    *parts, rest = [chosen[start : start + AT_ONCE] for start in range(0, len(chosen), AT_ONCE)]
    changed: list[int] = []
    for part in parts:
        began = time.monotonic()
        changed += await database.write(each, unblock, campaign, part, cause)
        await pause_since(began)

    async def finish(tx: Transaction) -> list[int]:
        return [*changed, *await each(tx, unblock, campaign, rest, cause)]

    return finish


invalidate = Correction("invalidated", "completion", validity.invalidate)
restore = Correction("restored", "completion", validity.restore)
block = Correction("blocked", "entrant", leaving_out.several)
unblock = Correction("unblocked", "entrant", leaving_out.let_in)
allow_browsers = Correction("changed", "entrant", corrections.allow_browsers)
limit_browsers = Correction("changed", "entrant", corrections.limit_browsers)
