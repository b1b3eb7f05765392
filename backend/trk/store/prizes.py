"""A competition's prizes; none is added, changed or removed once the winners are drawn."""

from __future__ import annotations

from trk.core.campaign import Campaign
from trk.core.drafts import PrizeDraft
from trk.core.draw import DrawPrize
from trk.core.picture import PicturePlace
from trk.store import pictures
from trk.store.program import Row, Transaction, first, number

_PRIZE = "id, title, description, winners"
_NOT_DRAWN = "NOT EXISTS (SELECT 1 FROM draws AS d WHERE d.campaign_id = {campaign})"


async def of_campaign(tx: Transaction, campaign: Campaign) -> list[Row]:
    """The campaign's prizes in order: id, title, description, winners."""
    return await tx.fetch(
        f"SELECT {_PRIZE} FROM prizes WHERE campaign_id = $1 ORDER BY position, id", campaign.id
    )


async def places(tx: Transaction, campaign: Campaign) -> list[DrawPrize]:
    """The same as a draw gives them away."""
    rows = await of_campaign(tx, campaign)
    return [DrawPrize(row["id"], row["title"], row["winners"]) for row in rows]


async def by_id(tx: Transaction, campaign: Campaign, prize_id: int) -> Row | None:
    """A prize of the campaign, or None."""
    sql = f"SELECT {_PRIZE} FROM prizes WHERE id = $1 AND campaign_id = $2"
    return await first(tx, dict, sql, prize_id, campaign.id)


async def add(tx: Transaction, campaign: Campaign, draft: PrizeDraft) -> Row | None:
    """Add the prize of a checked draft behind the others; None if the winners have been drawn."""
    sql = "SELECT COALESCE(MAX(position), 0) AS n FROM prizes WHERE campaign_id = $1"
    last = await number(tx, sql, campaign.id)
    return await first(
        tx,
        dict,
        "INSERT INTO prizes (campaign_id, position, title, description, winners) "
        "SELECT CAST($1 AS BIGINT), CAST($2 AS INTEGER), CAST($3 AS TEXT), CAST($4 AS TEXT), "
        f"CAST($5 AS INTEGER) WHERE {_NOT_DRAWN.format(campaign='$1')} RETURNING {_PRIZE}",
        campaign.id,
        last + 1,
        draft.title,
        draft.description,
        draft.winners,
    )


async def change(
    tx: Transaction, campaign: Campaign, prize_id: int, draft: PrizeDraft
) -> Row | None:
    """Store a checked draft as the prize; None if there is none, or the winners are drawn."""
    return await first(
        tx,
        dict,
        "UPDATE prizes SET title = $3, description = $4, winners = $5 WHERE id = $1 "
        f"AND campaign_id = $2 AND {_NOT_DRAWN.format(campaign='$2')} RETURNING {_PRIZE}",
        prize_id,
        campaign.id,
        draft.title,
        draft.description,
        draft.winners,
    )


async def remove(tx: Transaction, campaign: Campaign, prize_id: int) -> bool:
    """Remove a prize; False if there is none, or the winners are drawn."""
    sql = (
        "DELETE FROM prizes WHERE id = $1 AND campaign_id = $2 "
        f"AND {_NOT_DRAWN.format(campaign='$2')} RETURNING id"
    )
    removed = await tx.fetch(sql, prize_id, campaign.id)
    if removed:
        await pictures.remove(tx, campaign.id, PicturePlace("prize", prize_id))
    return bool(removed)
