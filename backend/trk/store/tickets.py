"""Tickets: a click on the site tells the campaign's page who comes by a random word in the address.

It is good once and for a minute, so that who copies the address hands over nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from trk.core.campaign import Campaign
from trk.core.link import TICKET_LIFETIME
from trk.store import entrants, links
from trk.store.program import Transaction, as_rows, first

State = Literal["unknown", "open", "spent"]


class Ticket(NamedTuple):
    """A ticket as its beacon brought it."""

    token_hash: str
    campaign_id: int
    visitor: str
    arrived_at: int


async def keep(tx: Transaction, brought: Iterable[Ticket]) -> None:
    """Store tickets; one that comes again, used or not, stays as it is."""
    rows = [tuple(each) for each in brought]
    if not rows:
        return
    await tx.fetch(
        "INSERT INTO tickets (token_hash, campaign_id, visitor, arrived_at) "
        "SELECT r.value ->> 0, CAST(r.value ->> 1 AS BIGINT), r.value ->> 2, "
        "CAST(r.value ->> 3 AS BIGINT) FROM rows($1) AS r WHERE 1 = 1 ON CONFLICT DO NOTHING",
        as_rows(rows),
    )


async def state(tx: Transaction, campaign: Campaign, token_hash: str, now: int) -> State:
    """Can the ticket be redeemed now? It is unknown until its beacon has come."""
    return (
        await first(
            tx,
            lambda is_open: "open" if is_open else "spent",
            "SELECT used_at IS NULL AND arrived_at > $3 AS is_open FROM tickets "
            "WHERE token_hash = $1 AND campaign_id = $2",
            token_hash,
            campaign.id,
            now - TICKET_LIFETIME,
        )
        or "unknown"
    )


async def redeem(
    tx: Transaction, campaign: Campaign, token_hash: str, entrant_id: int | None, now: int
) -> str | None:
    """The visitor that a ticket stands for, now linked to the entrant if there is one.

    None if it is unknown, was used or is too old, or if the visitor is linked for good: an address
    alone takes nobody's browser, and says of nobody that they share one.
    """
    used = await tx.fetch(
        "UPDATE tickets SET used_at = CAST($3 AS BIGINT) WHERE token_hash = $1 "
        "AND campaign_id = $2 AND used_at IS NULL AND arrived_at > $4 RETURNING visitor",
        token_hash,
        campaign.id,
        now,
        now - TICKET_LIFETIME,
    )
    if not used:
        return None
    visitor: str = used[0]["visitor"]
    if await links.is_taken(tx, campaign, visitor):
        return None
    if entrant_id is not None:
        await entrants.link_visit(tx, campaign, visitor, entrant_id, now, by_address=True)
    return visitor
