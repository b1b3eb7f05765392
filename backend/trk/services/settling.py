"""Settles what has waited of visitors who are linked (see store/settlements), a part at a time."""

from __future__ import annotations

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.store import rewards, waiting
from trk.store.program import Transaction


async def settle_part(tx: Transaction, campaign: Campaign) -> None:
    """Settle the next part, with the rewards that come of it. Raises Gone if the campaign has been
    deleted."""
    now = now_ms()
    await rewards.grant(tx, campaign, await waiting.settle_part(tx, campaign, now), now)
