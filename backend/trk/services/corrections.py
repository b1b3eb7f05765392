"""Corrections by the owner, each noted in the audit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from trk.core.audit import Deed, Thing
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.store import corrections, leaving_out, validity
from trk.store.corrections import Cause, CorrectionProgram
from trk.store.program import Transaction


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


invalidate = Correction("invalidated", "completion", validity.invalidate)
restore = Correction("restored", "completion", validity.restore)
block = Correction("blocked", "entrant", leaving_out.several)
unblock = Correction("unblocked", "entrant", leaving_out.let_in)
allow_browsers = Correction("changed", "entrant", corrections.allow_browsers)
limit_browsers = Correction("changed", "entrant", corrections.limit_browsers)
