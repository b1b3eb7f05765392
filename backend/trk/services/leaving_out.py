"""Leaving out many entrants at once, and letting them take part again: one entry of the audit each
time."""

from __future__ import annotations

from collections.abc import Collection

from trk.core.audit import Deed
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.services.parts import AT_ONCE, Parts
from trk.store import clusters, leaving_out
from trk.store.database import Database
from trk.store.program import Transaction


async def several(
    tx: Transaction,
    campaign: Campaign,
    chosen: Collection[int],
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Leave these entrants out, in one transaction: the ids of those that were not blocked."""
    changed = await leaving_out.several(tx, campaign, chosen, reason, now, step)
    deed: Deed = "blocked"
    if len(changed) == 1:
        await note(tx, deed, "entrant", changed[0], campaign=campaign)
    elif changed:
        await note(tx, deed, "entrant", about=f"{len(changed)} entrants", campaign=campaign)
    return changed


async def unconfirmed(
    database: Database, campaign: Campaign, reason: str, now: int, step: str | None = None
) -> list[int]:
    """Leave out all who have not confirmed their e-mail, a part at a time: their ids."""
    parts, how = Parts(database, campaign, "blocked"), (reason, now, step, AT_ONCE)
    while await parts.take(lambda tx: leaving_out.unconfirmed(tx, campaign, *how, parts.reached)):
        pass
    return parts.changed


async def all_but_one(
    database: Database,
    campaign: Campaign,
    kind: clusters.Kind,
    entrant_id: int,
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Leave out all in a cluster but one, a part at a time: their ids."""
    parts, how = Parts(database, campaign, "blocked"), (reason, now, step, AT_ONCE)
    stays = await database.read(leaving_out.who_stays, campaign, kind, entrant_id)
    while await parts.take(
        lambda tx: leaving_out.all_but_one(
            tx, campaign, kind, entrant_id, *how, parts.reached, stays
        )
    ):
        pass
    return parts.changed


async def take_back(
    database: Database,
    campaign: Campaign,
    at: int,
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Let all take part again who were left out together, a part at a time: their ids."""
    parts, how = Parts(database, campaign, "unblocked"), (reason, now, step, AT_ONCE)
    while await parts.take(lambda tx: leaving_out.take_back(tx, campaign, at, *how, parts.reached)):
        pass
    return parts.changed
