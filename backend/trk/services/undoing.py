"""Undoing what was corrected together: one entry of the audit."""

from __future__ import annotations

from trk.core.audit import Deed, Thing
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.store import undoing
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


async def undo(tx: Transaction, campaign: Campaign, step: str, now: int) -> list[int]:
    """Put back what a step has changed and nobody has corrected since: the ids.

    Raises Duplicate, FriendRefused and LookupError as store/undoing does.
    """
    kind, changed = await undoing.undo(tx, campaign, step, now)
    deed, thing, several = _REVERSE[kind]
    if len(changed) == 1:
        await note(tx, deed, thing, changed[0], about="Undone", campaign=campaign)
    elif changed:
        await note(tx, deed, thing, about=f"Undone: {len(changed)} {several}", campaign=campaign)
    return changed
