"""Confirmations: the mailed links by which an entrant opens a session in another browser."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from trk.core.campaign import Campaign
from trk.core.mail import CONFIRMATION_LIFETIME, confirmation_mail, first_mail
from trk.store import entrants, mails, rewards
from trk.store.columns import insert
from trk.store.program import Transaction

HAND_OVER_LIFETIME = 10 * 60_000
"""How long the way back into a customer's page is valid, in milliseconds."""


class Used(NamedTuple):
    """Whom a link was for, and the customer's page in which it was asked for, or nothing."""

    entrant_id: int
    page: str


class Link(NamedTuple):
    """A link to be mailed: the hash of its token, its address, and the customer's page in which it
    was asked for, empty for the campaign's own."""

    token_hash: str
    url: str
    page: str


async def enter(
    tx: Transaction, campaign: Campaign, link: Link, /, *, now: int, **given: Any
) -> entrants.Entrant | None:
    """Enter a campaign as `entrants.enter` does; where only confirmed e-mails count, the link that
    confirms this one is mailed with it."""
    entrant = await entrants.enter(tx, campaign, now=now, **given)
    if campaign.confirmed_only and entrant is not None:
        await ask(tx, campaign, entrant.email, *link, now)
    return entrant


async def ask(
    tx: Transaction, campaign: Campaign, email: str, token_hash: str, url: str, page: str, now: int
) -> bool:
    """Queue a mail with a link (see Link) to the entrant with this e-mail; False if one has just
    been queued, or there is no such entrant. Links that were mailed before stay valid."""
    entrant = await entrants.by_email(tx, campaign, email)
    if entrant is None:
        return False
    first = campaign.confirmed_only and not (await confirmed(tx, entrant.id))
    write = first_mail if first else confirmation_mail
    # To the address as it was first entered, however it is spelt now.
    mail = write(campaign, entrant.id, entrant.name, entrant.email, url, now)
    queued = await mails.queue(tx, mail, now, campaign_id=campaign.id, entrant_id=entrant.id)
    if queued:
        link = {"token_hash": token_hash, "entrant_id": entrant.id, "page": page}
        await insert(tx, "confirmations", **link, expires_at=now + CONFIRMATION_LIFETIME)
    return queued


async def confirmed(tx: Transaction, entrant_id: int) -> bool:
    """Has this entrant confirmed their e-mail?"""
    sql = "SELECT 1 AS one FROM entrants WHERE id = $1 AND confirmed_at IS NOT NULL"
    return bool(await tx.fetch(sql, entrant_id))


async def hand_over(tx: Transaction, entrant_id: int, token_hash: str, now: int) -> None:
    """Let the token open one more session for this entrant, in a customer's page, for a while."""
    link = {"token_hash": token_hash, "entrant_id": entrant_id}
    await insert(tx, "confirmations", **link, expires_at=now + HAND_OVER_LIFETIME)


async def opens(
    tx: Transaction, campaign: Campaign, token_hash: str, now: int
) -> Literal["first", "again"] | None:
    """What using the link with this token does now, in this campaign: confirm the e-mail, or only
    open another session. None if it can't be used."""
    sql = (
        "SELECT e.confirmed_at FROM confirmations AS c JOIN entrants AS e ON e.id = c.entrant_id "
        "WHERE c.token_hash = $1 AND e.campaign_id = $2 AND c.used_at IS NULL "
        "AND c.expires_at > $3"
    )
    found = await tx.fetch(sql, token_hash, campaign.id, now)
    if not found:
        return None
    return "first" if found[0]["confirmed_at"] is None else "again"


async def use(
    tx: Transaction,
    campaign: Campaign,
    token_hash: str,
    *,
    session_hash: str,
    visitor: str | None,
    now: int,
    by_address: bool = False,
) -> Used | None:
    """Open a session for the entrant to whom the link was mailed, and link `visitor`, the one of
    the browser in which it is used (see links.by_visit). The first time, what they have done by
    then counts where only confirmed e-mails do. None if the link can't be used: then nothing
    happens."""
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
    if visitor is not None:
        await entrants.link_visit(tx, campaign, visitor, entrant_id, now, by_address=by_address)
    sql = (
        "UPDATE entrants SET confirmed_at = CAST($1 AS BIGINT) "
        "WHERE id = $2 AND confirmed_at IS NULL RETURNING id"
    )
    if await tx.fetch(sql, now, entrant_id):
        await rewards.grant(tx, campaign, [entrant_id], now)
    return Used(entrant_id, used[0]["page"])
