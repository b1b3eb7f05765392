"""Rewards that were earned and are not given.

Whoever completes what earns one gets it in the same transaction. Version 0.2.0 could miss it when
two actions were completed at once, as long as one such server is left on the database; and so can a
change of a competition into a reward at the very moment of the completion.
"""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.store import campaigns, codes, rewards
from trk.store.program import Transaction, ids

_SOME = 500
"""Of how many entrants it is looked up at once."""


class Looked(NamedTuple):
    """Of some entrants, those who have earned a reward and not got it; and the last that was looked
    at, or None after all of them."""

    missed: list[int]
    last: int | None


async def giving(tx: Transaction) -> list[Campaign]:
    """The campaigns that give rewards, and have some left."""
    found = await tx.fetch(
        "SELECT c.key FROM campaigns AS c WHERE c.reward_kind <> 'none' AND c.deleted_at IS NULL "
        "AND (c.reward_kind <> 'codes' OR EXISTS (SELECT 1 FROM reward_codes AS r "
        f"WHERE r.campaign_id = c.id AND {codes.left('r', 'c.id')})) ORDER BY c.id"
    )
    by_key = await campaigns.by_keys(tx, [row["key"] for row in found])
    # One may have been deleted in between.
    return [by_key[row["key"]] for row in found if row["key"] in by_key]


async def look(tx: Transaction, campaign: Campaign, after: int) -> Looked:
    """Look at some of a campaign's entrants with ids above `after`."""
    sql = "SELECT id FROM entrants WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    some = await ids(tx, sql, campaign.id, after, _SOME)
    due = await rewards.due(tx, campaign, some)
    return Looked([each.entrant_id for each in due], some[-1] if len(some) == _SOME else None)
