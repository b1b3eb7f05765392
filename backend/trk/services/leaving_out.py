"""Leaving out many entrants at once, and letting them take part again: one entry of the audit each
time."""

from __future__ import annotations

from collections.abc import Collection

from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.services.parts import AT_ONCE, Parts
from trk.services.recounting import go_on
from trk.store import clusters, leaving_out
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.program import Transaction


async def several(
    tx: Transaction, campaign: Campaign, chosen: Collection[int], cause: Cause
) -> list[int]:
    """Leave these entrants out, in one transaction: the ids of those that were not blocked."""
    changed = await leaving_out.several(tx, campaign, chosen, cause)
    if len(changed) == 1:
        await note(tx, "blocked", "entrant", changed[0], campaign=campaign)
    elif changed:
        await note(tx, "blocked", "entrant", about=f"{len(changed)} entrants", campaign=campaign)
    return changed


async def unconfirmed(database: Database, campaign: Campaign, cause: Cause) -> list[int]:
    """Leave out all who have not confirmed their e-mail, a part at a time: their ids."""
    return await Parts(database, campaign, "blocked").take_all(
        lambda after, tx: leaving_out.unconfirmed(tx, campaign, cause, AT_ONCE, after)
    )


async def all_but_one(
    database: Database, campaign: Campaign, kind: clusters.Kind, entrant_id: int, cause: Cause
) -> list[int]:
    """Leave out all in a cluster but one, a part at a time: their ids."""
    stays = await database.read(leaving_out.who_stays, campaign, kind, entrant_id)
    return await Parts(database, campaign, "blocked").take_all(
        lambda after, tx: leaving_out.all_but_one(
            tx, campaign, kind, entrant_id, cause, AT_ONCE, after, stays
        )
    )


async def take_back(database: Database, campaign: Campaign, at: int, cause: Cause) -> list[int]:
    """Let all take part again who were left out together, a part at a time: their ids."""
    changed = await Parts(database, campaign, "unblocked").take_all(
        lambda after, tx: leaving_out.take_back(tx, campaign, at, cause, AT_ONCE, after)
    )
    await go_on(database, campaign)
    return changed
