"""How much of names that no action has a campaign has been sent today."""

from __future__ import annotations

from trk.core import quota
from trk.core.campaign import Campaign
from trk.store.program import Transaction, number


async def add(tx: Transaction, campaign: Campaign, day: str, size: int) -> int:
    """Count the bytes that the campaign was sent on a day of its time zone: how many it had been
    sent on that day before."""
    so_far = "CASE WHEN q.day = excluded.day THEN q.bytes ELSE 0 END + excluded.bytes"
    over = f"> {quota.UNMATCHED_BYTES} THEN"
    total = await number(
        tx,
        "INSERT INTO unmatched_bytes AS q (campaign_id, day, bytes, over_on) VALUES ($1, "
        f"CAST($2 AS TEXT), CAST($3 AS BIGINT), CASE WHEN $3 {over} CAST($2 AS TEXT) END) "
        "ON CONFLICT (campaign_id) DO UPDATE SET "
        f"bytes = {so_far}, day = excluded.day, "
        f"over_on = CASE WHEN {so_far} {over} excluded.day ELSE q.over_on END "
        "RETURNING bytes AS n",
        campaign.id,
        day,
        size,
    )
    return total - size


async def over_on(tx: Transaction, campaign: Campaign) -> str | None:
    """The last day on which something was not kept, such as `2026-11-29`; None if there is none."""
    sql = "SELECT over_on FROM unmatched_bytes WHERE campaign_id = $1"
    return next((row["over_on"] for row in await tx.fetch(sql, campaign.id)), None)
