"""A reward's codes."""

from __future__ import annotations

from collections.abc import Sequence

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.store import rewards
from trk.store.program import Transaction


async def add_codes(tx: Transaction, campaign: Campaign, codes: Sequence[str]) -> int:
    """Add codes, of which known ones change nothing: how many were new."""
    added = await rewards.add_codes(tx, campaign, codes, now_ms())
    if added:
        await note(tx, "made", "codes", about=str(added), campaign=campaign)
    return added
