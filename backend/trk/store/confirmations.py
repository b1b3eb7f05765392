"""Confirmations: the mailed links by which an entrant opens a session in another browser."""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.mail import CONFIRMATION_LIFETIME, confirmation_mail
from trk.store import arrivals, entrants, mails
from trk.store.arrivals import Came
from trk.store.columns import insert
from trk.store.program import Transaction

HAND_OVER_LIFETIME = 10 * 60_000
"""How long the way back into a customer's page is valid, in milliseconds."""


class Used(NamedTuple):
    """Whom a link was for, and the customer's page in which it was asked for, or nothing."""

    entrant_id: int
    page: str


async def ask(
    tx: Transaction, campaign: Campaign, email: str, token_hash: str, url: str, page: str, now: int
) -> None:
    """Queue a mail with `url` to the entrant with this e-mail, unless one has just been queued.

    `token_hash` is that of the token in `url`; links mailed before stay valid. `page` is the
    customer's page in which it was asked for, empty for the campaign's own.
    """
    entrant = await entrants.by_email(tx, campaign, email)
    if entrant is None:
        return
    # To the address as it was first entered, however it is spelt now.
    mail = confirmation_mail(campaign, entrant.id, entrant.name, entrant.email, url, now)
    if await mails.queue(tx, mail, now, campaign_id=campaign.id, entrant_id=entrant.id):
        link = {"token_hash": token_hash, "entrant_id": entrant.id, "page": page}
        await insert(tx, "confirmations", **link, expires_at=now + CONFIRMATION_LIFETIME)


async def hand_over(tx: Transaction, entrant_id: int, token_hash: str, now: int) -> None:
    """Let the token open one more session for this entrant, in a customer's page, for a while."""
    link = {"token_hash": token_hash, "entrant_id": entrant_id}
    await insert(tx, "confirmations", **link, expires_at=now + HAND_OVER_LIFETIME)


async def is_open(tx: Transaction, campaign: Campaign, token_hash: str, now: int) -> bool:
    """Does this token belong to a link that can be used now, in this campaign?"""
    sql = (
        "SELECT 1 AS one FROM confirmations AS c JOIN entrants AS e ON e.id = c.entrant_id "
        "WHERE c.token_hash = $1 AND e.campaign_id = $2 AND c.used_at IS NULL "
        "AND c.expires_at > $3"
    )
    found = await tx.fetch(sql, token_hash, campaign.id, now)
    return bool(found)


async def use(
    tx: Transaction,
    campaign: Campaign,
    token_hash: str,
    *,
    session_hash: str,
    came: Came,
    now: int,
) -> Used | None:
    """Open a session for the entrant to whom the link was mailed, and link who `came` in the
    browser in which it is used. None if the link can't be used: then nothing happens."""
    sql = (
        "UPDATE confirmations SET used_at = CAST($1 AS BIGINT) WHERE token_hash = $2 "
        "AND used_at IS NULL AND expires_at > $1 AND entrant_id IN "
        "(SELECT id FROM entrants WHERE campaign_id = $3) RETURNING entrant_id, page"
    )
    used = await tx.fetch(sql, now, token_hash, campaign.id)
    if not used:
        return None
    entrant_id = used[0]["entrant_id"]
    await entrants.open_session(tx, entrant_id, session_hash, now)
    sql = (
        "UPDATE entrants SET confirmed_at = CAST($1 AS BIGINT) "
        "WHERE id = $2 AND confirmed_at IS NULL"
    )
    await tx.fetch(sql, now, entrant_id)
    await arrivals.take(tx, campaign, came, entrant_id, now)
    return Used(entrant_id, used[0]["page"])
