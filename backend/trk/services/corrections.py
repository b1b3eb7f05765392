"""Corrections by the owner, each noted in the audit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from trk.core.audit import Deed, Thing
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.store import corrections, leaving_out
from trk.store.corrections import CorrectionProgram, SeveralProgram
from trk.store.program import Transaction


@dataclass(frozen=True, slots=True)
class Correction:
    """What owners correct: one thing if it is called (a CorrectionProgram), several by `each`."""

    deed: Deed
    thing: Thing
    several: SeveralProgram

    async def __call__(
        self,
        tx: Transaction,
        campaign: Campaign,
        number: int,
        /,
        reason: str,
        now: int,
        step: str | None = None,
    ) -> bool:
        return bool(await each(tx, self, campaign, [number], reason, now, step))


async def each(
    tx: Transaction,
    correction: Correction,
    campaign: Campaign,
    ids: Collection[int],
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Correct each of these, all in one transaction; the ids of those that it changed.

    Raises Duplicate or FriendRefused, and changes nothing, if one can't be restored.
    """
    changed = await correction.several(tx, campaign, ids, reason, now, step)
    for number in changed:
        await note(tx, correction.deed, correction.thing, number, campaign=campaign)
    return changed


def _one_by_one(correction: CorrectionProgram) -> SeveralProgram:
    async def several(
        tx: Transaction,
        campaign: Campaign,
        numbers: Collection[int],
        /,
        reason: str,
        now: int,
        step: str | None = None,
    ) -> list[int]:
        return [
            number
            for number in sorted(set(numbers))
            if await correction(tx, campaign, number, reason, now, step)
        ]

    return several


invalidate = Correction("invalidated", "completion", corrections.invalidate_several)
restore = Correction("restored", "completion", corrections.restore_several)
block = Correction("blocked", "entrant", _one_by_one(corrections.block))
unblock = Correction("unblocked", "entrant", leaving_out.let_in)
allow_browsers = Correction("changed", "entrant", _one_by_one(corrections.allow_browsers))
limit_browsers = Correction("changed", "entrant", _one_by_one(corrections.limit_browsers))
