"""Undoing what was corrected together: one entry of the audit."""

from __future__ import annotations

from functools import partial

from trk.core.audit import Deed, Thing
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.services.parts import AT_ONCE, Parts
from trk.services.recounting import go_on
from trk.store import undoing
from trk.store.database import Database
from trk.store.program import Transaction
from trk.store.undoing import Kind

_REVERSE: dict[Kind, tuple[Deed, Thing, str]] = {
    "invalidated": ("restored", "completion", "entries"),
    "restored": ("invalidated", "completion", "entries"),
    "counted": ("invalidated", "completion", "entries"),
    "blocked": ("unblocked", "entrant", "entrants"),
    "unblocked": ("blocked", "entrant", "entrants"),
}
"""What undoing a correction is: the deed, what it is done to, and how several are called."""


async def undo(database: Database, campaign: Campaign, step: str, now: int) -> list[int]:
    """Put back what a step has changed and nobody has corrected since: the ids. Entrants are put
    back a part at a time, entries together or not at all.

    Raises Duplicate, FriendRefused and LookupError as store/undoing does.
    """
    done = await database.read(undoing.find, campaign, step)
    if done is None:
        raise LookupError(step)
    if done.kind not in ("blocked", "unblocked"):
        return await database.write(_entries, campaign, step, now)
    parts = Parts(database, campaign, _REVERSE[done.kind][0], "Undone: ")
    still = await database.read(undoing.still, campaign, step, done)
    for start in range(0, len(still), AT_ONCE):
        part = still[start : start + AT_ONCE]
        await parts.take(partial(_entrants, campaign, step, now, part))
    await go_on(database, campaign)
    return parts.changed


async def _entrants(
    campaign: Campaign, step: str, now: int, chosen: list[int], tx: Transaction
) -> list[int]:
    return (await undoing.undo(tx, campaign, step, now, chosen))[1]


async def _entries(tx: Transaction, campaign: Campaign, step: str, now: int) -> list[int]:
    kind, changed = await undoing.undo(tx, campaign, step, now)
    deed, thing, several = _REVERSE[kind]
    if len(changed) == 1:
        await note(tx, deed, thing, changed[0], about="Undone", campaign=campaign)
    elif changed:
        await note(tx, deed, thing, about=f"Undone: {len(changed)} {several}", campaign=campaign)
    return changed
