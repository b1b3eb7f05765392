"""What a campaign's counts are: as they are kept, and as the rows themselves have them."""

from __future__ import annotations

from tests.backend.stored import query
from trk.core.campaign import Campaign
from trk.store import campaigns
from trk.store.campaigns import CampaignExtent
from trk.store.database import Database
from trk.store.status import total_entries


async def counted_anew(database: Database, campaign: Campaign) -> tuple[CampaignExtent, int]:
    """The extent of a campaign and its valid entries, from the rows themselves."""
    numbers = {
        kind: (
            await query(
                database, f"SELECT COUNT(*) AS n FROM {kind} WHERE campaign_id = {campaign.id}"
            )
        )[0]["n"]
        for kind in ("entrants", "completions", "trackings")
    }
    worth = (
        "SELECT CAST(COALESCE(SUM(u.worth), 0) AS BIGINT) AS n FROM completions AS u JOIN entrants "
        f"AS e ON e.id = u.entrant_id WHERE u.campaign_id = {campaign.id} "
        "AND u.invalidated_at IS NULL"
    )
    [entries] = await query(database, worth)
    [valid] = await query(database, f"{worth} AND e.blocked_at IS NULL")
    return CampaignExtent(**numbers, entries=entries["n"]), valid["n"]


async def kept(database: Database, campaign: Campaign) -> tuple[CampaignExtent, int]:
    """The same, as the counts that are kept say it."""
    extent = await database.read(campaigns.extent, campaign)
    return extent, await database.read(total_entries, campaign)
