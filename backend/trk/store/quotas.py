"""How much of names that no action has a campaign has been sent today."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from trk.core import quota
from trk.core.campaign import Campaign
from trk.store.program import Transaction, as_rows


class Sent(NamedTuple):
    """So many bytes for a campaign, on this day of its time zone."""

    campaign_id: int
    day: str
    bytes: int


async def add(tx: Transaction, sent: Collection[Sent]) -> dict[int, int]:
    """Count what was sent: the bytes that each campaign had been sent on that day before."""
    so_far = "CASE WHEN q.day = excluded.day THEN q.bytes ELSE 0 END + excluded.bytes"
    over = f"> {quota.UNMATCHED_BYTES} THEN"
    rows = await tx.fetch(
        "INSERT INTO unmatched_bytes AS q (campaign_id, day, bytes, over_on) "
        "SELECT CAST(r.value ->> 0 AS BIGINT), r.value ->> 1, CAST(r.value ->> 2 AS BIGINT), "
        f"CASE WHEN CAST(r.value ->> 2 AS BIGINT) {over} r.value ->> 1 END "
        "FROM rows($1) AS r WHERE true ORDER BY 1 ON CONFLICT (campaign_id) DO UPDATE SET "
        f"bytes = {so_far}, day = excluded.day, "
        f"over_on = CASE WHEN {so_far} {over} excluded.day ELSE q.over_on END "
        "RETURNING campaign_id, bytes",
        as_rows(sorted(sent)),
    )
    total = {row["campaign_id"]: row["bytes"] for row in rows}
    return {each.campaign_id: total[each.campaign_id] - each.bytes for each in sent}


async def over_on(tx: Transaction, campaign: Campaign) -> str | None:
    """The last day on which something was not kept, such as `2026-11-29`; None if there is none."""
    sql = "SELECT over_on FROM unmatched_bytes WHERE campaign_id = $1"
    return next((row["over_on"] for row in await tx.fetch(sql, campaign.id)), None)
