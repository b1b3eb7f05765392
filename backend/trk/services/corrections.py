"""Corrections by the owner, each noted in the audit."""

from __future__ import annotations

from collections.abc import Collection

from trk.core.audit import Deed, Thing
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.store import corrections
from trk.store.corrections import CorrectionProgram
from trk.store.program import Transaction


def _noting(correction: CorrectionProgram, deed: Deed, thing: Thing) -> CorrectionProgram:
    async def noted(
        tx: Transaction,
        campaign: Campaign,
        number: int,
        /,
        reason: str,
        now: int,
        step: str | None = None,
    ) -> bool:
        done = await correction(tx, campaign, number, reason, now, step)
        if done:
            await note(tx, deed, thing, number, campaign=campaign)
        return done

    return noted


invalidate = _noting(corrections.invalidate, "invalidated", "completion")
restore = _noting(corrections.restore, "restored", "completion")
block = _noting(corrections.block, "blocked", "entrant")
unblock = _noting(corrections.unblock, "unblocked", "entrant")
allow_browsers = _noting(corrections.allow_browsers, "changed", "entrant")
limit_browsers = _noting(corrections.limit_browsers, "changed", "entrant")


async def each(
    tx: Transaction,
    correction: CorrectionProgram,
    campaign: Campaign,
    ids: Collection[int],
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Correct each of these, all in one transaction; the ids of those that it changed.

    Raises Duplicate or Uncounted, and changes nothing, if one can't be restored.
    """
    changed = {}
    for number in sorted(set(ids)):
        changed[number] = await correction(tx, campaign, number, reason, now, step)
    return [number for number, done in changed.items() if done]
