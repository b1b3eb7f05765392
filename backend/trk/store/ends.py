"""Ends of campaigns: owners are told of each, once."""

from __future__ import annotations

from trk.core.campaign import Campaign, over_since
from trk.core.mail import ended_mail
from trk.store import campaigns, mails
from trk.store.program import Transaction


async def due(tx: Transaction, now: int) -> list[Campaign]:
    """The campaigns that are over at `now` (ms), of which owners were not told yet."""
    found = await tx.fetch(
        "SELECT c.key FROM campaigns AS c WHERE c.deleted_at IS NULL AND c.end_told_at IS NULL "
        "AND c.published_at IS NOT NULL AND (c.closed_at <= $1 OR c.ends_at <= $1) ORDER BY c.id",
        now,
    )
    by_key = await campaigns.by_keys(tx, [row["key"] for row in found])
    # One may have been deleted in between.
    return [by_key[row["key"]] for row in found if row["key"] in by_key]


async def tell(tx: Transaction, campaign: Campaign, public_url: str, now: int) -> bool:
    """Write to every owner that a campaign is over; False if that was done, or it is not over."""
    sql = (
        "UPDATE campaigns SET end_told_at = CAST($2 AS BIGINT) WHERE id = $1 "
        "AND end_told_at IS NULL AND deleted_at IS NULL RETURNING id"
    )
    if not await tx.fetch(sql, campaign.id, now):
        return False
    fresh = await campaigns.by_key(tx, campaign.key)
    ended_at = None if fresh is None else over_since(fresh, now)
    if fresh is None or ended_at is None:  # opened again at this very moment
        await open_again(tx, campaign)
        return False
    url = f"{public_url}/admin/campaigns/{fresh.key}"
    for owner in await tx.fetch("SELECT id, name, email FROM owners ORDER BY id"):
        mail = ended_mail(fresh, ended_at, url, owner["id"], owner["name"], owner["email"])
        await mails.queue(tx, mail, now, campaign_id=fresh.id)
    return True


async def open_again(tx: Transaction, campaign: Campaign) -> None:
    """The campaign is open again: owners are told of its next end."""
    await tx.fetch("UPDATE campaigns SET end_told_at = NULL WHERE id = $1", campaign.id)
