"""Late trackings that the owner lets count."""

from __future__ import annotations

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.unlock import Decision
from trk.services.audit import note
from trk.store import late
from trk.store.program import Transaction


async def count_late(
    tx: Transaction, campaign: Campaign, tracking_id: int, step: str | None = None
) -> Decision | None:
    """Let a late tracking count as if it had come in time: what it earned; None if there is no such
    tracking, or it counts already. `step` names what is counted together."""
    decision = await late.count(tx, campaign, tracking_id, now_ms(), step)
    if decision is not None and decision.unlock is not None:
        await note(tx, "restored", "tracking", tracking_id, campaign=campaign)
    return decision
