"""A competition's prizes: made, changed, removed, as long as nothing is drawn."""

from __future__ import annotations

from trk.core.campaign import Campaign
from trk.core.drafts import PrizeDraft
from trk.services.conflict import Conflict, mark
from trk.store import prizes
from trk.store.program import Row, Transaction


async def make_prize(tx: Transaction, campaign: Campaign, draft: PrizeDraft) -> Row | None:
    """Store a prize; None if the winners have been drawn. Raises DraftError."""
    draft.check()
    return await prizes.add(tx, campaign, draft)


async def change_prize(
    tx: Transaction, campaign: Campaign, prize_id: int, draft: PrizeDraft, was: str | None = None
) -> Row | None:
    """Store `draft` as the prize; None if there is none, or the winners have been drawn.

    Raises DraftError, and Conflict if `was` (see mark_of_prize) is given and it has been changed
    since.
    """
    draft.check()
    found = await prizes.by_id(tx, campaign, prize_id)
    if found is not None and was is not None and was != mark_of_prize(found):
        raise Conflict
    return await prizes.change(tx, campaign, prize_id, draft)


async def remove_prize(tx: Transaction, campaign: Campaign, prize_id: int) -> bool:
    """Remove a prize; False if there is none, or the winners have been drawn."""
    return await prizes.remove(tx, campaign, prize_id)


def mark_of_prize(prize: Row) -> str:
    """A text that changes whenever the prize does."""
    return mark(prize["title"], prize["description"], prize["winners"])
