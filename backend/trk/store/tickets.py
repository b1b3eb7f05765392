"""Tickets: a click on the site tells the campaign's page who comes by a random word in the address.

It is good in one browser and for a minute, so that who copies the address hands over nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from trk.core.campaign import Campaign
from trk.core.link import TICKET_LIFETIME
from trk.store.program import Transaction, as_list, as_rows

State = Literal["unknown", "open", "spent"]


class Ticket(NamedTuple):
    """A ticket as its beacon brought it."""

    token_hash: str
    visitor: str
    arrived_at: int


async def keep(tx: Transaction, campaign: Campaign, brought: Iterable[Ticket]) -> None:
    """Store tickets; one that comes again, used or not, stays as it is."""
    rows = [tuple(each) for each in brought]
    if not rows:
        return
    await tx.fetch(
        "INSERT INTO tickets (token_hash, campaign_id, visitor, arrived_at) "
        "SELECT r.value ->> 0, CAST($2 AS BIGINT), r.value ->> 1, "
        "CAST(r.value ->> 2 AS BIGINT) FROM rows($1) AS r WHERE 1 = 1 ON CONFLICT DO NOTHING",
        as_rows(rows),
        campaign.id,
    )


# By the browser that has redeemed it before, a ticket can be redeemed again: the answer may have
# been lost. One from the future has come under a clock that was set back since.
_IS_OPEN = "t.arrived_at > $3 AND t.arrived_at <= $4 AND (t.used_at IS NULL OR t.browser_hash = $5)"


async def states(
    tx: Transaction, campaign: Campaign, hashes: Collection[str], browser: str, now: int
) -> dict[str, State]:
    """Can this browser (by its secret's hash) redeem these tickets now?

    A ticket is unknown until its beacon has come, and while that is still to come by our clock.
    """
    if not hashes:
        return {}
    found = await tx.fetch(
        f"SELECT t.token_hash, t.arrived_at > $4 AS ahead, {_IS_OPEN} AS is_open "
        "FROM tickets AS t WHERE t.campaign_id = $2 AND t.token_hash IN texts($1)",
        *_asked(campaign, hashes, browser, now),
    )
    known: dict[str, State] = {
        row["token_hash"]: "unknown" if row["ahead"] else "open" if row["is_open"] else "spent"
        for row in found
    }
    return {each: known.get(each, "unknown") for each in hashes}


async def redeem(
    tx: Transaction, campaign: Campaign, hashes: Collection[str], browser: str, now: int
) -> list[str]:
    """The visitors for whom those of these tickets stand that this browser can redeem now."""
    if not hashes:
        return []
    used = await tx.fetch(
        "UPDATE tickets AS t SET used_at = COALESCE(t.used_at, $4), browser_hash = $5 "
        f"WHERE t.campaign_id = $2 AND t.token_hash IN texts($1) AND {_IS_OPEN} "
        "RETURNING id, visitor",
        *_asked(campaign, hashes, browser, now),
    )
    return [row["visitor"] for row in sorted(used, key=lambda row: row["id"])]


def _asked(
    campaign: Campaign, hashes: Collection[str], browser: str, now: int
) -> tuple[str, int, int, int, str]:
    return as_list(hashes), campaign.id, now - TICKET_LIFETIME, now, browser
