"""A reward's codes."""

from __future__ import annotations

from collections.abc import Sequence

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.store import codes, rewards
from trk.store.program import Transaction


async def add_codes(tx: Transaction, campaign: Campaign, new: Sequence[str], name: str = "") -> int:
    """Add codes, of a file with this name; known ones change nothing: how many were new."""
    added = await rewards.add_codes(tx, campaign, new, now_ms(), name)
    if added:
        await note(tx, "made", "codes", about=str(added), campaign=campaign)
    return added


async def take_back_codes(tx: Transaction, campaign: Campaign, upload_id: int) -> int:
    """Remove those codes of an upload that nobody has got yet: how many."""
    removed = await codes.take_back(tx, campaign, upload_id)
    if removed:
        await note(tx, "deleted", "codes", upload_id, about=str(removed), campaign=campaign)
    return removed
