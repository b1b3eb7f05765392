"""Pinned scripts: what an immutable address serves."""

from __future__ import annotations

from trk.core.campaign import Campaign
from trk.store.program import Transaction


async def pin(tx: Transaction, campaign: Campaign, release: str, content: str, now: int) -> None:
    """Keep this script under this release; keeping it again changes nothing."""
    sql = (
        "INSERT INTO scripts (campaign_id, release, content, pinned_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING"
    )
    await tx.fetch(sql, campaign.id, release, content, now)


async def pinned(tx: Transaction, key: str, release: str) -> str | None:
    """The script that was pinned under this release for the campaign `key`."""
    sql = (
        "SELECT s.content FROM campaigns AS c JOIN scripts AS s ON s.campaign_id = c.id "
        "WHERE c.key = $1 AND s.release = $2"
    )
    rows = await tx.fetch(sql, key, release)
    return rows[0]["content"] if rows else None
