"""Confirmations: the mailed links by which an entrant opens a session in another browser."""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.mail import CONFIRMATION_LIFETIME, confirmation_mail
from trk.store import arrivals, entrants, mails
from trk.store.arrivals import Came
from trk.store.columns import insert
from trk.store.program import Transaction, first

HAND_OVER_LIFETIME = 10 * 60_000
"""How long the way back into a customer's page is valid, in milliseconds."""


class Here(NamedTuple):
    """The browser in which a link is opened: the hash of its session's token, if it has one, and
    who `came` in it."""

    session_hash: str | None
    came: Came


class Link(NamedTuple):
    """A mailed link that can be used: for whom it is, and the customer's page in which it was asked
    for, or nothing.

    `known`: it was asked for in this browser, or its entrant has a session here; `taken`: another
    entrant has.
    """

    entrant_id: int
    email: str
    page: str
    browser_hash: str
    known: bool
    taken: bool


async def ask(
    tx: Transaction,
    campaign: Campaign,
    email: str,
    token_hash: str,
    url: str,
    page: str,
    now: int,
    browser: str = "",
) -> None:
    """Queue a mail with `url` to the entrant with this e-mail, unless one has just been queued.

    `token_hash` is that of the token in `url`; links mailed before stay valid. `page` is the
    customer's page in which it was asked for, empty for the campaign's own; `browser` is the hash
    of the secret of the browser. If the entrant has no session in it, the address is claimed.
    """
    entrant = await entrants.by_email(tx, campaign, email)
    if entrant is None:
        return
    await tx.fetch(
        "UPDATE entrants SET claimed_at = CAST($2 AS BIGINT) WHERE id = $1 "
        "AND claimed_at IS NULL AND confirmed_at IS NULL AND NOT EXISTS (SELECT 1 FROM "
        "entrant_sessions AS s WHERE s.entrant_id = $1 AND s.browser_hash = $3 "
        "AND s.browser_hash <> '')",
        entrant.id,
        now,
        browser,
    )
    # To the address as it was first entered, however it is spelt now.
    mail = confirmation_mail(campaign, entrant.id, entrant.name, entrant.email, url, now)
    if await mails.queue(tx, mail, now, campaign_id=campaign.id, entrant_id=entrant.id):
        link = {"token_hash": token_hash, "entrant_id": entrant.id, "page": page}
        expires_at = now + CONFIRMATION_LIFETIME
        await insert(tx, "confirmations", **link, browser_hash=browser, expires_at=expires_at)


async def find(
    tx: Transaction, campaign: Campaign, token_hash: str, here: Here, now: int
) -> Link | None:
    """The mailed link with this token, if it can be used now, in this campaign."""
    holder = await entrants.holder(tx, campaign, here.session_hash)
    asked = here.came.browser

    def made(entrant_id: int, email: str, page: str, browser_hash: str) -> Link:
        known = holder == entrant_id or (asked != "" and asked == browser_hash)
        return Link(entrant_id, email, page, browser_hash, known, holder not in (None, entrant_id))

    return await first(
        tx,
        made,
        "SELECT c.entrant_id, e.email, c.page, c.browser_hash FROM confirmations AS c "
        "JOIN entrants AS e ON e.id = c.entrant_id WHERE c.token_hash = $1 "
        "AND e.campaign_id = $2 AND c.hand_over = 0 AND c.used_at IS NULL AND c.expires_at > $3",
        token_hash,
        campaign.id,
        now,
    )


async def go_on_here(
    tx: Transaction, campaign: Campaign, token_hash: str, here: Here, session_hash: str, now: int
) -> Link | None:
    """Use a mailed link to open a session in this browser; in one that the link knows, link who
    came. None if it can't be used, or over another person's session: then nothing happens."""
    link = await find(tx, campaign, token_hash, here, now)
    if link is None or link.taken or not await _use(tx, link, token_hash, now):
        return None
    await _confirm(tx, campaign, link, here, now)
    if here.session_hash is not None:
        await entrants.leave(tx, here.session_hash)
    await entrants.open_session(tx, link.entrant_id, session_hash, now, here.came.browser)
    if link.known:
        await arrivals.take(tx, campaign, here.came, link.entrant_id, now)
    return link


async def go_back(
    tx: Transaction, campaign: Campaign, token_hash: str, here: Here, back_hash: str, now: int
) -> Link | None:
    """Use a mailed link to go back to the customer's page in which it was asked for: there, and
    with the secret of that browser only, the token whose hash is `back_hash` opens a session, for a
    while. None if the link can't be used: then nothing happens."""
    link = await find(tx, campaign, token_hash, here, now)
    if link is None or not await _use(tx, link, token_hash, now):
        return None
    await _confirm(tx, campaign, link, here, now)
    way = {"token_hash": back_hash, "entrant_id": link.entrant_id, "hand_over": 1}
    expires_at = now + HAND_OVER_LIFETIME
    await insert(tx, "confirmations", **way, browser_hash=link.browser_hash, expires_at=expires_at)
    return link


async def come_back(
    tx: Transaction, campaign: Campaign, back_hash: str, here: Here, session_hash: str, now: int
) -> bool:
    """Open a session in the customer's page to which a mailed link has led back. False in a browser
    that did not ask for it, and over another person's session: then nothing happens."""
    holder = await entrants.holder(tx, campaign, here.session_hash)
    used = await tx.fetch(
        "UPDATE confirmations SET used_at = CAST($1 AS BIGINT) WHERE token_hash = $2 "
        "AND hand_over = 1 AND browser_hash = $3 AND browser_hash <> '' AND used_at IS NULL "
        "AND expires_at > $1 AND entrant_id IN (SELECT id FROM entrants WHERE campaign_id = $4) "
        "AND entrant_id = COALESCE(CAST($5 AS BIGINT), entrant_id) RETURNING entrant_id",
        now,
        back_hash,
        here.came.browser,
        campaign.id,
        holder,
    )
    if used:
        entrant_id = used[0]["entrant_id"]
        await entrants.open_session(tx, entrant_id, session_hash, now, here.came.browser)
    return bool(used)


async def _use(tx: Transaction, link: Link, token_hash: str, now: int) -> bool:
    """Use the link up; False if somebody else was quicker."""
    sql = (
        "UPDATE confirmations SET used_at = CAST($1 AS BIGINT) WHERE token_hash = $2 "
        "AND entrant_id = $3 AND used_at IS NULL RETURNING entrant_id"
    )
    used = await tx.fetch(sql, now, token_hash, link.entrant_id)
    return bool(used)


async def _confirm(tx: Transaction, campaign: Campaign, link: Link, here: Here, now: int) -> None:
    """Note that the entrant has the mailbox. If nobody had shown that before, whoever else has
    entered with the address is out, in every other browser."""
    sql = (
        "UPDATE entrants SET confirmed_at = CAST($1 AS BIGINT) "
        "WHERE id = $2 AND confirmed_at IS NULL RETURNING id"
    )
    if not await tx.fetch(sql, now, link.entrant_id):
        return
    mine = await entrants.holder(tx, campaign, here.session_hash) == link.entrant_id
    kept, visitors = (here.session_hash, here.came.visitors) if mine else (None, ())
    await entrants.end_others(tx, campaign, link.entrant_id, kept, visitors)
