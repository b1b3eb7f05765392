"""A competition's prizes, as long as nothing is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from trk.core.campaign import Campaign
from trk.core.drafts import PrizeDraft
from trk.core.draw import Prize
from trk.store.program import Row, Transaction


async def add(
    tx: Transaction, campaign: Campaign, title: str, description: str, winners: int
) -> Row | None:
    """Add a prize behind the others; None if the winners have been drawn."""
    [last] = await tx.fetch(
        "SELECT COALESCE(MAX(position), 0) AS position FROM prizes WHERE campaign_id = $1",
        campaign.id,
    )
    added = await tx.fetch(
        "INSERT INTO prizes (campaign_id, position, title, description, winners) "
        "SELECT CAST($1 AS BIGINT), CAST($2 AS INTEGER), CAST($3 AS TEXT), CAST($4 AS TEXT), "
        "CAST($5 AS INTEGER) WHERE NOT EXISTS (SELECT 1 FROM draws AS d WHERE d.campaign_id = $1) "
        "RETURNING id, title, description, winners",
        campaign.id,
        last["position"] + 1,
        title,
        description,
        winners,
    )
    return added[0] if added else None


async def remove(tx: Transaction, campaign: Campaign, prize_id: int) -> bool:
    """Remove a prize; False if there is none, or nothing can be changed after the draw."""
    removed = await tx.fetch(
        "DELETE FROM prizes WHERE id = $1 AND campaign_id = $2 AND NOT EXISTS "
        "(SELECT 1 FROM draws AS d WHERE d.campaign_id = $2) RETURNING id",
        prize_id,
        campaign.id,
    )
    return bool(removed)


async def of_campaign(tx: Transaction, campaign: Campaign) -> list[Row]:
    """The campaign's prizes in order: id, title, description, winners."""
    return await tx.fetch(
        "SELECT id, title, description, winners FROM prizes WHERE campaign_id = $1 "
        "ORDER BY position, id",
        campaign.id,
    )


async def by_id(tx: Transaction, campaign: Campaign, prize_id: int) -> Row | None:
    """A prize of the campaign: id, title, description, winners."""
    found = await tx.fetch(
        "SELECT id, title, description, winners FROM prizes WHERE id = $1 AND campaign_id = $2",
        prize_id,
        campaign.id,
    )
    return found[0] if found else None


async def change(tx: Transaction, campaign: Campaign, prize_id: int, draft: PrizeDraft) -> bool:
    """Store a checked draft as the prize; False if there is none, or the winners are drawn."""
    changed = await tx.fetch(
        "UPDATE prizes SET title = $3, description = $4, winners = $5 WHERE id = $1 "
        "AND campaign_id = $2 AND NOT EXISTS "
        "(SELECT 1 FROM draws AS d WHERE d.campaign_id = $2) RETURNING id",
        prize_id,
        campaign.id,
        draft.title.strip(),
        draft.description,
        draft.winners,
    )
    return bool(changed)


def prizes_of(rows: Sequence[Row]) -> list[Prize]:
    """`rows` as the rules take them."""
    return [Prize(row["id"], row["title"], row["winners"]) for row in rows]
