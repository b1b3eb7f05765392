"""Confirmations: the mailed links by which an entrant opens a session in another browser."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from trk.core.campaign import Campaign
from trk.core.entrant import Entrant
from trk.core.language import first_of
from trk.core.mail import CONFIRMATION_LIFETIME, confirmation_mail, first_mail
from trk.store import (
    arrivals,
    browsers,
    entrant_sessions,
    entrants,
    mails,
    referrals,
    rewards,
    translations,
)
from trk.store.arrivals import Arrived, Came
from trk.store.columns import insert
from trk.store.program import Transaction, first

HAND_OVER_LIFETIME = 10 * 60_000
"""How long the way back into a customer's page is valid, in milliseconds."""


class NewLink(NamedTuple):
    """A link to be mailed: the hash of its token, its address, and the customer's page in which it
    was asked for, empty for the campaign's own."""

    token_hash: str
    url: str
    page: str


class Here(NamedTuple):
    """The browser in which a link is opened: the hash of its session's token, if it has one, and
    who `came` in it."""

    session_hash: str | None
    came: Came


class MailedLink(NamedTuple):
    """A mailed link that can be used: for whom it is, and the customer's page in which it was asked
    for, or nothing.

    `first`: nobody has confirmed the address yet. `asked_here`: it was asked for in this browser.
    `holder`: whose session this browser has, if it has one.
    """

    entrant_id: int
    email: str
    page: str
    browser_hash: str
    first: bool
    asked_here: bool
    holder: int | None

    @property
    def theirs(self) -> bool:
        """Has its entrant a session in this browser?"""
        return self.holder == self.entrant_id

    @property
    def known(self) -> bool:
        """Was it asked for in this browser, or has its entrant a session here?"""
        return self.asked_here or self.theirs

    @property
    def taken(self) -> bool:
        """Has another entrant a session in this browser?"""
        return self.holder is not None and not self.theirs


async def enter(
    tx: Transaction,
    campaign: Campaign,
    came: Came,
    link: NewLink,
    /,
    *,
    now: int,
    browser: str,
    referrer: int | None = None,
    **given: Any,
) -> tuple[Entrant | None, Arrived]:
    """Enter a campaign as `arrivals.enter` does; where only confirmed e-mails count, the link that
    confirms this one is mailed with it. `referrer` is the entrant by whose link somebody comes.

    It holds the browser and the campaign first: see docs/decisions/one-order-of-locks.md.
    """
    await entrant_sessions.hold(tx, campaign, browser)
    await browsers.hold_campaign(tx, campaign.id)
    entrant, arrived = await arrivals.enter(tx, campaign, came, now=now, browser=browser, **given)
    if entrant is None:
        return None, arrived
    if campaign.confirmed_only and not await _confirmed(tx, entrant.id):
        await ask(tx, campaign, entrant.email, *link, now, browser)
    referrers: list[int] = []
    if referrer is not None:
        await referrals.note(tx, campaign, referrer, entrant.id, now)
        await referrals.hold(tx, campaign, [entrant.id])
        referrers = await referrals.count(tx, campaign, [entrant.id], now)
    await rewards.grant(tx, campaign, {entrant.id, *referrers}, now)
    return entrant, arrived


async def ask(
    tx: Transaction,
    campaign: Campaign,
    email: str,
    token_hash: str,
    url: str,
    page: str,
    now: int,
    browser: str = "",
) -> bool:
    """Queue a mail with a link (see NewLink) to the entrant with this e-mail; False if one has just
    been queued, or many to their mailbox, or there is no such entrant. Links that were mailed
    before stay valid. `browser` is the hash of the secret of the browser in which it is asked."""
    entrant = await entrants.by_email(tx, campaign, email)
    if entrant is None or await mails.flooded(tx, campaign, entrant.email, now):
        return False
    confirms = campaign.confirmed_only and not await _confirmed(tx, entrant.id)
    write = first_mail if confirms else confirmation_mail
    # To the address as it was first entered, however it is spelt now.
    spoken = first_of(campaign.languages, entrant.language)
    said = await translations.campaign_in(tx, campaign, spoken.tag)
    mail = write(said, entrant.id, entrant.name, entrant.email, url, now, spoken)
    queued = await mails.queue(tx, mail, now, campaign_id=campaign.id, entrant_id=entrant.id)
    if queued:
        link = {"token_hash": token_hash, "entrant_id": entrant.id, "page": page}
        expires_at = now + CONFIRMATION_LIFETIME
        await insert(tx, "confirmations", **link, browser_hash=browser, expires_at=expires_at)
    return queued


async def ask_elsewhere(
    tx: Transaction, campaign: Campaign, email: str, link: NewLink, now: int, browser: str
) -> bool:
    """The same for a browser in which nobody with this e-mail is signed in: the address is claimed,
    if it has not been entered there."""
    await entrant_sessions.claim(tx, campaign, email, browser, now)
    return await ask(tx, campaign, email, *link, now, browser)


async def _confirmed(tx: Transaction, entrant_id: int) -> bool:
    """Has this entrant confirmed their e-mail?"""
    sql = "SELECT 1 AS one FROM entrants WHERE id = $1 AND confirmed_at IS NOT NULL"
    return bool(await tx.fetch(sql, entrant_id))


async def find(
    tx: Transaction, campaign: Campaign, token_hash: str, here: Here, now: int
) -> MailedLink | None:
    """The mailed link with this token, if it can be used now, in this campaign."""
    holder = await entrant_sessions.holder(tx, campaign, here.session_hash)
    asked = here.came.browser

    def made(entrant_id: int, email: str, page: str, browser_hash: str, first: bool) -> MailedLink:
        asked_here = asked != "" and asked == browser_hash
        return MailedLink(entrant_id, email, page, browser_hash, bool(first), asked_here, holder)

    return await first(
        tx,
        made,
        "SELECT c.entrant_id, e.email, c.page, c.browser_hash, e.confirmed_at IS NULL AS first "
        "FROM confirmations AS c JOIN entrants AS e ON e.id = c.entrant_id "
        "WHERE c.token_hash = $1 AND e.campaign_id = $2 AND c.hand_over = 0 "
        "AND c.used_at IS NULL AND c.expires_at > $3",
        token_hash,
        campaign.id,
        now,
    )


async def spent(
    tx: Transaction, campaign: Campaign, token_hash: str, now: int
) -> Literal["used", "expired"] | None:
    """Why the mailed link with this token can't be used; None if there is no such link."""
    rows = await tx.fetch(
        "SELECT c.used_at, c.expires_at FROM confirmations AS c "
        "JOIN entrants AS e ON e.id = c.entrant_id "
        "WHERE c.token_hash = $1 AND e.campaign_id = $2 AND c.hand_over = 0",
        token_hash,
        campaign.id,
    )
    if not rows:
        return None
    if rows[0]["used_at"] is not None:
        return "used"
    return "expired" if rows[0]["expires_at"] <= now else None


async def go_on_here(
    tx: Transaction, campaign: Campaign, token_hash: str, here: Here, session_hash: str, now: int
) -> MailedLink | None:
    """Use a mailed link to open a session in this browser; in one that the link knows, link who
    came. None if it can't be used, or over another person's session: then nothing happens."""
    await entrant_sessions.hold(tx, campaign, here.came.browser)
    await browsers.hold_campaign(tx, campaign.id)
    link = await find(tx, campaign, token_hash, here, now)
    if link is None or link.taken or not await _use(tx, link, token_hash, now):
        return None
    confirms = await _confirms(tx, campaign, link)
    browser = here.came.browser
    typed = link.asked_here or await entrant_sessions.was_typed(tx, link.entrant_id, browser)
    await entrant_sessions.leave(tx, campaign, here.session_hash, browser)
    await entrant_sessions.open_session(
        tx, campaign, link.entrant_id, session_hash, now, browser, typed=typed, proved=True
    )
    if link.known:
        await arrivals.take(tx, campaign, here.came, link.entrant_id, now, rewarded=False)
    referrers = await _confirm(tx, campaign, link, now) if confirms else []
    await rewards.grant(tx, campaign, {link.entrant_id, *referrers}, now)
    return link


async def go_back(
    tx: Transaction, campaign: Campaign, token_hash: str, here: Here, back_hash: str, now: int
) -> MailedLink | None:
    """Use a mailed link to go back to the customer's page in which it was asked for: there, and
    with the secret of that browser only, the token whose hash is `back_hash` opens a session, for a
    while. None if the link can't be used: then nothing happens."""
    await browsers.hold_campaign(tx, campaign.id)
    link = await find(tx, campaign, token_hash, here, now)
    if link is None or not await _use(tx, link, token_hash, now):
        return None
    confirms = await _confirms(tx, campaign, link)
    way = {"token_hash": back_hash, "entrant_id": link.entrant_id, "hand_over": 1}
    expires_at = now + HAND_OVER_LIFETIME
    await insert(tx, "confirmations", **way, browser_hash=link.browser_hash, expires_at=expires_at)
    if confirms:
        referrers = await _confirm(tx, campaign, link, now)
        await rewards.grant(tx, campaign, {link.entrant_id, *referrers}, now)
    return link


async def come_back(
    tx: Transaction, campaign: Campaign, back_hash: str, here: Here, session_hash: str, now: int
) -> bool:
    """Open a session in the customer's page to which a mailed link has led back. False in a browser
    that did not ask for it, and over another person's session: then nothing happens."""
    await entrant_sessions.hold(tx, campaign, here.came.browser)
    holder = await entrant_sessions.holder(tx, campaign, here.session_hash)
    used = await tx.fetch(
        "UPDATE confirmations SET used_at = CAST($1 AS BIGINT) WHERE token_hash = $2 "
        "AND hand_over = 1 AND browser_hash = $3 AND browser_hash <> '' AND used_at IS NULL "
        "AND expires_at > $1 AND EXISTS (SELECT 1 FROM entrants AS e "
        "WHERE e.id = confirmations.entrant_id AND e.campaign_id = $4) "
        "AND entrant_id = COALESCE(CAST($5 AS BIGINT), entrant_id) RETURNING entrant_id",
        now,
        back_hash,
        here.came.browser,
        campaign.id,
        holder,
    )
    if used:
        entrant_id = used[0]["entrant_id"]
        await entrant_sessions.open_session(
            tx, campaign, entrant_id, session_hash, now, here.came.browser
        )
    return bool(used)


async def _use(tx: Transaction, link: MailedLink, token_hash: str, now: int) -> bool:
    """Use the link up; False if somebody else was quicker."""
    sql = (
        "UPDATE confirmations SET used_at = CAST($1 AS BIGINT) WHERE token_hash = $2 "
        "AND entrant_id = $3 AND used_at IS NULL RETURNING entrant_id"
    )
    used = await tx.fetch(sql, now, token_hash, link.entrant_id)
    return bool(used)


async def _confirms(tx: Transaction, campaign: Campaign, link: MailedLink) -> bool:
    """Does using this link show for the first time that the entrant has the mailbox?

    Then whoever else has entered with the address is out. Until then only the browser that entered
    has a session: if it is this one, there is nobody else, and what it has linked is the entrant's.
    """
    if link.first and not link.theirs:
        await entrant_sessions.put_out(tx, campaign, link.entrant_id)
    return link.first


async def _confirm(tx: Transaction, campaign: Campaign, link: MailedLink, now: int) -> list[int]:
    """Note that the entrant has the mailbox: what they have done counts from now on. Returns the
    referrers: the rewards of all are still to be given.

    It comes last, except for those rewards: see docs/decisions/one-order-of-locks.md.
    """
    await referrals.hold(tx, campaign, [link.entrant_id])
    sql = "UPDATE entrants SET confirmed_at = CAST($1 AS BIGINT) WHERE id = $2"
    await tx.fetch(sql, now, link.entrant_id)
    return await referrals.count(tx, campaign, [link.entrant_id], now)
