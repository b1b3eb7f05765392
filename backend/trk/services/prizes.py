"""A competition's prizes: made, changed, removed, as long as nothing is drawn.

Each holds the campaign, so that it comes before a draw that is begun at the same moment or sees it.
"""

from __future__ import annotations

from trk.core.audit import Deed
from trk.core.campaign import Campaign
from trk.core.drafts import PrizeDraft
from trk.services.audit import note
from trk.services.conflict import Conflict, mark
from trk.store import campaigns, prizes, translations
from trk.store.program import Row, Transaction


async def make_prize(tx: Transaction, campaign: Campaign, draft: PrizeDraft) -> Row | None:
    """Store a prize; None if the winners have been drawn. Raises DraftError."""
    draft.check()
    await campaigns.hold(tx, campaign)
    return await _noted(tx, "made", campaign, await prizes.add(tx, campaign, draft))


async def change_prize(
    tx: Transaction, campaign: Campaign, prize_id: int, draft: PrizeDraft, was: str | None = None
) -> Row | None:
    """Store `draft` as the prize; None if there is none, or the winners have been drawn.

    Raises DraftError, and Conflict if `was` (see mark_of_prize) is given and it has been changed
    since.
    """
    draft.check()
    await campaigns.hold(tx, campaign)
    found = await prizes.by_id(tx, campaign, prize_id)
    if found is not None and was is not None and was != mark_of_prize(found):
        raise Conflict
    changed = await prizes.change(tx, campaign, prize_id, draft)
    return await _noted(tx, "changed", campaign, changed)


async def remove_prize(tx: Transaction, campaign: Campaign, prize_id: int) -> bool:
    """Remove a prize; False if there is none, or the winners have been drawn."""
    await campaigns.hold(tx, campaign)
    found = await prizes.by_id(tx, campaign, prize_id)
    if not await prizes.remove(tx, campaign, prize_id):
        return False
    await translations.forget(tx, campaign.id, "prize", prize_id)
    await _noted(tx, "deleted", campaign, found)
    return True


async def _noted(tx: Transaction, deed: Deed, campaign: Campaign, prize: Row | None) -> Row | None:
    if prize is not None:
        await note(tx, deed, "prize", prize["id"], about=prize["title"], campaign=campaign)
    return prize


def mark_of_prize(prize: Row) -> str:
    """A text that changes whenever the prize does."""
    return mark(prize["title"], prize["description"], prize["winners"])
