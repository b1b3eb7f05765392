"""What is counted in parts, so that beacons do not wait: friends (see recounts), and what visitors
have done before they were linked (see settlements)."""

from __future__ import annotations

from trk.core.campaign import Campaign
from trk.store import recounts, settlements
from trk.store.errors import StillCounting
from trk.store.program import Transaction, every


async def check(tx: Transaction, campaign: Campaign) -> None:
    """Raise StillCounting while anything of it is left in this campaign."""
    await recounts.check(tx, campaign)
    if await settlements.under_way(tx, campaign):
        raise StillCounting("what visitors have done is", campaign)


async def unfinished(tx: Transaction) -> list[str]:
    """The keys of the campaigns in which something of it is left."""

    def key(key: str) -> str:
        return key

    sql = (
        "SELECT c.key FROM campaigns AS c WHERE c.deleted_at IS NULL AND c.id IN "
        "(SELECT n.campaign_id FROM recounts AS n UNION "
        "SELECT d.campaign_id FROM readmissions AS d UNION "
        "SELECT s.campaign_id FROM settlements AS s) ORDER BY c.id"
    )
    return await every(tx, key, sql)
