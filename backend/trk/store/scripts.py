"""Pinned scripts: what an immutable address serves."""

from __future__ import annotations

from trk.core.campaign import Campaign
from trk.core.keys import is_campaign_key
from trk.store.program import Transaction


async def pin(tx: Transaction, campaign: Campaign, release: str, content: str, now: int) -> None:
    """Keep this script under this release; keeping it again changes nothing."""
    sql = (
        "INSERT INTO scripts (campaign_id, release, content, pinned_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING"
    )
    await tx.fetch(sql, campaign.id, release, content, now)


async def pinned(tx: Transaction, key: str, release: str) -> str | None:
    """The script that was pinned under this release for the campaign `key`.

    Text that can't be a release is not asked for: an address may hold some that PostgreSQL refuses.
    """
    if not (is_campaign_key(key) and release.isprintable()):
        return None
    sql = (
        "SELECT s.content FROM scripts AS s JOIN campaigns AS c ON c.id = s.campaign_id "
        "WHERE c.key = $1 AND s.release = $2"
    )
    rows = await tx.fetch(sql, key, release)
    return rows[0]["content"] if rows else None
