"""Leaving out many entrants at once, and letting them take part again: one entry of the audit each
time."""

from __future__ import annotations

from collections.abc import Collection

from trk.core.audit import Deed
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.store import clusters, leaving_out
from trk.store.program import Transaction


async def several(
    tx: Transaction,
    campaign: Campaign,
    chosen: Collection[int],
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Leave these entrants out; the ids of those that were not blocked before."""
    changed = await leaving_out.several(tx, campaign, chosen, reason, now, step)
    return await _noted(tx, campaign, "blocked", changed)


async def unconfirmed(
    tx: Transaction, campaign: Campaign, reason: str, now: int, step: str | None = None
) -> list[int]:
    """Leave out all who have not confirmed their e-mail."""
    changed = await leaving_out.unconfirmed(tx, campaign, reason, now, step)
    return await _noted(tx, campaign, "blocked", changed)


async def all_but_one(
    tx: Transaction,
    campaign: Campaign,
    kind: clusters.Kind,
    entrant_id: int,
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Leave out all in a cluster but one: the first who confirmed their e-mail, or the first."""
    changed = await leaving_out.all_but_one(tx, campaign, kind, entrant_id, reason, now, step)
    return await _noted(tx, campaign, "blocked", changed)


async def take_back(
    tx: Transaction, campaign: Campaign, at: int, reason: str, now: int, step: str | None = None
) -> list[int]:
    """Let all take part again who were left out together at that instant (ms)."""
    changed = await leaving_out.take_back(tx, campaign, at, reason, now, step)
    return await _noted(tx, campaign, "unblocked", changed)


async def _noted(tx: Transaction, campaign: Campaign, deed: Deed, changed: list[int]) -> list[int]:
    if len(changed) == 1:
        await note(tx, deed, "entrant", changed[0], campaign=campaign)
    elif changed:
        await note(tx, deed, "entrant", about=f"{len(changed)} entrants", campaign=campaign)
    return changed
