"""The offer: what can be won or earned in a campaign, who has won, and what an entrant has got."""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.translation import TextPlace, Texts
from trk.store import draws, prizes, rewards
from trk.store.program import Transaction

_OWN: Texts = {}


class OfferedPrize(NamedTuple):
    """A prize, how many win it, and once drawn, the ids and names of those who have."""

    id: int
    title: str
    description: str
    winners: int
    won_by: list[tuple[int, str]]


class Offer(NamedTuple):
    """What a campaign's page shows; `seed` is empty until the winners are announced, who are drawn
    and `checked` before.

    `claim` is what this entrant has got; `sold_out`: no code is left for anybody else.
    """

    prizes: list[OfferedPrize]
    seed: str
    claim: rewards.Claim | None
    sold_out: bool
    checked: bool = False


async def offer_to(
    tx: Transaction, campaign: Campaign, entrant_id: int | None, texts: Texts = _OWN
) -> Offer:
    """The offer of a campaign, for an entrant or (None) for somebody who has not entered; with
    these `texts` in place of its own."""
    if campaign.kind == "competition":
        offered = await prizes.of_campaign(tx, campaign)
        draw = (await draws.of(tx, campaign)) if offered else None
        won: dict[int, list[tuple[int, str]]] = {}
        announced = draw is not None and draw.announced_at is not None
        if draw is not None and announced:
            won = await _won(tx, campaign, draw.id)
        shown = [
            OfferedPrize(
                row["id"],
                texts.get(TextPlace("prize", row["id"], "title"), row["title"]),
                texts.get(TextPlace("prize", row["id"], "description"), row["description"]),
                row["winners"],
                won.get(row["id"], []),
            )
            for row in offered
        ]
        checked = draw is not None and draw.concluded_at is not None and not announced
        seed = draw.seed if draw is not None and announced else ""
        return Offer(shown, seed, None, False, checked)
    claim = (await rewards.claim_of(tx, campaign, entrant_id)) if entrant_id is not None else None
    sold_out = campaign.reward_kind == "codes" and not (await _has_code(tx, campaign))
    return Offer([], "", claim, sold_out)


async def _won(
    tx: Transaction, campaign: Campaign, draw_id: int
) -> dict[int, list[tuple[int, str]]]:
    rows = await tx.fetch(
        "SELECT w.prize_id, w.entrant_id, e.name FROM winners AS w "
        "JOIN each[entrants AS e ON plain(e.campaign_id) = $1 AND e.id = w.entrant_id] "
        # Whom the owner has blocked since is not presented as a winner.
        "WHERE w.campaign_id = $1 AND w.draw_id = $2 AND w.taken_back_at IS NULL "
        "AND e.blocked_at IS NULL ORDER BY w.n",
        campaign.id,
        draw_id,
    )
    won: dict[int, list[tuple[int, str]]] = {}
    for row in rows:
        won.setdefault(row["prize_id"], []).append((row["entrant_id"], row["name"]))
    return won


async def _has_code(tx: Transaction, campaign: Campaign) -> bool:
    # One read of the index of free codes, of which there may be a hundred thousand.
    found = await tx.fetch(
        "SELECT id FROM reward_codes WHERE campaign_id = $1 AND entrant_id IS NULL "
        "ORDER BY id LIMIT 1",
        campaign.id,
    )
    return bool(found)
