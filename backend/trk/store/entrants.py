"""Entrants: entering a campaign, and the browser sessions in which an entrant is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.core.mailbox import folded, mailbox_of
from trk.core.network import HOUR, slow_wait
from trk.core.rejection import Rejection
from trk.store import actions, clusters, deliveries, links
from trk.store.columns import insert, insert_new
from trk.store.pages import Condition, Listing, Page, Span, contains, equals, page
from trk.store.program import Transaction, first, ids

NOTED_EVERY = 24 * 3_600_000
"""How often it is noted that a session is used, in milliseconds: a poll a day writes, no more."""
SESSION_LIFETIME = 90 * NOTED_EVERY
"""After how long without use a session ends, in milliseconds."""


class Entrant(NamedTuple):
    """A person who entered a campaign."""

    id: int
    name: str
    email: str


class TooManyUnconfirmed(Exception):
    """Nobody else may enter from this network for `wait` seconds: see core/network."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"wait {wait:.0f} s")
        self.wait = wait


async def enter(
    tx: Transaction,
    campaign: Campaign,
    *,
    name: str,
    email: str,
    session_hash: str,
    visitor: str | None,
    now: int,
    browser: str = "",
    network: str | None = None,
) -> Entrant | None:
    """Enter a campaign and open a session; link the visitor that the site's own page has told, if
    there is one. `browser` is the hash of the browser's secret, `network` that of core/network.

    None if the e-mail has entered already: another browser must not see that entrant's data. The
    same browser may: its button was pressed twice, or the first answer was lost. Raises
    TooManyUnconfirmed, where only confirmed e-mails count.
    """
    if campaign.confirmed_only and network is not None:
        wait = await _slow_wait(tx, campaign, network, now)
        if wait and (await by_email(tx, campaign, email)) is None:
            raise TooManyUnconfirmed(wait)
    entrant_id = await insert_new(
        tx,
        "entrants",
        campaign_id=campaign.id,
        name=name,
        email=email,
        email_folded=folded(email),
        created_at=now,
        network=network,
        mailbox=mailbox_of(email),
    )
    if entrant_id is None:
        known = await _in_browser(tx, campaign, email, browser, now)
        if known is not None:
            await open_session(tx, known.id, session_hash, now, browser)
        return known
    entrant = Entrant(entrant_id, name, email)
    await open_session(tx, entrant.id, session_hash, now, browser)
    news = deliveries.News(campaign.id, entrant.id, entrant.id)
    await deliveries.announce(tx, "entrant.created", [news], now)
    if visitor is not None:
        await link_visit(tx, campaign, visitor, entrant.id, now)
    return entrant


async def _slow_wait(tx: Transaction, campaign: Campaign, network: str, now: int) -> float:
    [made] = await tx.fetch(
        "SELECT COUNT(*) - COUNT(confirmed_at) AS unconfirmed, COUNT(confirmed_at) AS confirmed, "
        "MIN(CASE WHEN confirmed_at IS NULL THEN created_at END) AS oldest FROM entrants "
        "WHERE campaign_id = $1 AND network = $2 AND created_at > $3 AND network IS NOT NULL "
        "AND blocked_at IS NULL AND erased_at IS NULL",
        campaign.id,
        network,
        now - HOUR,
    )
    return slow_wait(made["unconfirmed"], made["confirmed"], made["oldest"], now)


async def link_visit(
    tx: Transaction,
    campaign: Campaign,
    visitor: str,
    entrant_id: int,
    now: int,
    *,
    by_address: bool = False,
) -> int | Rejection:
    """Link the visitor that a click on the site brought along to an entrant who has entered."""
    known = await actions.of_campaigns(tx, [campaign.id])
    own = {action.id: action for action in known}
    return await links.by_visit(tx, campaign, own, visitor, entrant_id, now, by_address=by_address)


async def open_session(
    tx: Transaction, entrant_id: int, session_hash: str, now: int, browser: str = ""
) -> None:
    """Open a session for an entrant in one more browser."""
    session = {"token_hash": session_hash, "entrant_id": entrant_id, "browser_hash": browser}
    await insert(tx, "entrant_sessions", **session, created_at=now, used_at=now)


async def use_session(tx: Transaction, session_hash: str, now: int) -> None:
    """Note that a session is used, if the last note is older than a day."""
    await tx.fetch(
        "UPDATE entrant_sessions SET used_at = CAST($2 AS BIGINT) "
        "WHERE token_hash = $1 AND used_at <= $3",
        session_hash,
        now,
        now - NOTED_EVERY,
    )


async def end_unused(tx: Transaction, now: int, some: int = 500) -> int:
    """Delete some of the sessions that have ended by not being used; how many."""
    ended = await tx.fetch(
        "DELETE FROM entrant_sessions WHERE token_hash IN (SELECT token_hash FROM "
        "entrant_sessions WHERE used_at <= $1 ORDER BY used_at LIMIT $2) RETURNING token_hash",
        now - SESSION_LIFETIME,
        some,
    )
    return len(ended)


async def leave(tx: Transaction, session_hash: str) -> None:
    """End a session; the entrant stays entered."""
    await tx.fetch("DELETE FROM entrant_sessions WHERE token_hash = $1", session_hash)


# Nothing is shown to a session that nobody has confirmed once another browser has claimed the
# address: it may be that of somebody who entered with another person's.
_SHOWN = (
    "FROM entrant_sessions AS s JOIN entrants AS e ON e.id = s.entrant_id "
    "WHERE s.used_at > $1 AND (e.confirmed_at IS NOT NULL OR e.claimed_at IS NULL) "
    "AND e.campaign_id = $2"
)


async def by_session(
    tx: Transaction, campaign: Campaign, session_hash: str, now: int = 0
) -> Entrant | None:
    """The entrant of this campaign whose session this is, or None; also if nothing may be shown."""
    return await first(
        tx,
        Entrant,
        f"SELECT e.id, e.name, e.email {_SHOWN} AND s.token_hash = $3",
        now - SESSION_LIFETIME,
        campaign.id,
        session_hash,
    )


async def _in_browser(
    tx: Transaction, campaign: Campaign, email: str, browser: str, now: int
) -> Entrant | None:
    """The entrant with this e-mail, if they have a session in this browser."""
    return await first(
        tx,
        Entrant,
        f"SELECT e.id, e.name, e.email {_SHOWN} "
        "AND e.email_folded = $3 AND s.browser_hash = $4 AND s.browser_hash <> ''",
        now - SESSION_LIFETIME,
        campaign.id,
        email.casefold(),
        browser,
    )


async def holder(tx: Transaction, campaign: Campaign, session_hash: str | None) -> int | None:
    """Whose session this is, by id, whether or not anything may be shown to it."""
    found = await ids(
        tx,
        "SELECT e.id FROM entrant_sessions AS s JOIN entrants AS e ON e.id = s.entrant_id "
        "WHERE s.token_hash = $1 AND e.campaign_id = $2",
        session_hash,
        campaign.id,
    )
    return found[0] if found else None


async def put_out(tx: Transaction, campaign: Campaign, entrant_id: int) -> None:
    """End every session of an entrant, and unlink all their browsers."""
    await tx.fetch("DELETE FROM entrant_sessions WHERE entrant_id = $1", entrant_id)
    await links.unlink(tx, campaign, entrant_id)


async def claim(tx: Transaction, campaign: Campaign, email: str, browser: str, now: int) -> None:
    """Note that a browser has asked for this address which its entrant has not entered in, if
    nobody has confirmed it yet: until somebody does, nothing of it is shown."""
    await tx.fetch(
        "UPDATE entrants SET claimed_at = CAST($3 AS BIGINT) WHERE campaign_id = $1 "
        "AND email_folded = $2 AND claimed_at IS NULL AND confirmed_at IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM entrant_sessions AS s WHERE s.entrant_id = entrants.id "
        "AND s.browser_hash = $4 AND s.browser_hash <> '')",
        campaign.id,
        email.casefold(),
        now,
        browser,
    )


async def by_email(tx: Transaction, campaign: Campaign, email: str) -> Entrant | None:
    """The entrant with this e-mail, or None."""
    sql = "SELECT id, name, email FROM entrants WHERE campaign_id = $1 AND email_folded = $2"
    return await first(tx, Entrant, sql, campaign.id, folded(email))


@dataclass(frozen=True, slots=True)
class ListedEntrant:
    """An entrant, with what counts for them: valid `entries` and `completions`.

    `shares_browser_with` are ids: whose browser this one used, or who used this one's;
    `many_browsers_at` is since when the owner allows more than ten browsers. `same_network` and
    `same_mailbox` are how many others who take part have entered from the same network, and with an
    address of the same mailbox; at most 100.
    """

    id: int
    name: str
    email: str
    created_at: Instant
    confirmed_at: Instant | None
    blocked_at: Instant | None
    blocked_reason: str | None
    erased_at: Instant | None
    many_browsers_at: Instant | None
    entries: int
    completions: int
    shares_browser_with: list[int]
    same_network: int
    same_mailbox: int


LISTING = Listing(
    ListedEntrant,
    "entrants",
    "created_at",
    {
        "entries": "(SELECT CAST(COALESCE(SUM(c.worth), 0) AS BIGINT) FROM completions AS c "
        "WHERE c.entrant_id = u.id AND c.invalidated_at IS NULL)",
        "completions": "(SELECT COUNT(*) FROM completions AS c WHERE c.entrant_id = u.id "
        "AND c.invalidated_at IS NULL)",
        "shares_browser_with": "(SELECT packed[o.other] FROM "
        "(SELECT l.entrant_id AS other FROM shared_visitors AS s JOIN links AS l "
        "ON l.campaign_id = s.campaign_id AND l.visitor = s.visitor WHERE s.entrant_id = u.id "
        "UNION SELECT s.entrant_id FROM links AS l JOIN shared_visitors AS s "
        "ON s.campaign_id = l.campaign_id AND s.visitor = l.visitor "
        "WHERE l.entrant_id = u.id) AS o)",
        "same_network": clusters.others("network"),
        "same_mailbox": clusters.others("mailbox"),
    },
)


@dataclass(frozen=True, slots=True)
class EntrantFilter:
    """Which entrants: `search` is a part of name or e-mail; `confirmed` is about their e-mail.

    `shares`: those in any cluster of this kind; with `around`, an entrant's id, those in that one's
    cluster.
    """

    blocked: bool | None = None
    confirmed: bool | None = None
    shares: clusters.Kind | None = None
    around: int | None = None
    search: str | None = None

    def conditions(self) -> list[Condition]:
        """The same as SQL, without what is found by its key."""
        found: list[Condition] = []
        for column, wanted in (("blocked_at", self.blocked), ("confirmed_at", self.confirmed)):
            if wanted is not None:
                test = f"(CASE WHEN u.{column} IS NULL THEN 0 ELSE 1 END)"
                found += equals(test, int(wanted), "INTEGER")
        if self.shares is not None and self.around is None:
            found.append((f"{clusters.others(self.shares, 1)} >= CAST(? AS INTEGER)", 1))
        if self.search is not None and "@" not in self.search:
            found.append(contains(("u.name", "u.email"), self.search))
        return found


_ALL = EntrantFilter()


async def listed(
    tx: Transaction, campaign: Campaign, span: Span, which: EntrantFilter = _ALL
) -> Page[ListedEntrant]:
    """A page of the entrants: all, or those that the filter lets through."""
    listing = LISTING
    if which.search is not None and "@" in which.search:
        found = await by_email(tx, campaign, which.search)
        if found is None:
            return Page([], None)
        listing = _only(f"id = {found.id}")
    elif which.shares is not None and which.around is not None:
        listing = _only(f"id IN ({clusters.around(which.shares, which.around)})")
    return await page(tx, listing, campaign, span, which.conditions(), _listed)


async def by_id(tx: Transaction, campaign: Campaign, entrant_id: int) -> ListedEntrant | None:
    """The entrant of this campaign with this id, as in the list; or None."""
    found = await page(tx, _only(f"id = {int(entrant_id)}"), campaign, Span(limit=1), make=_listed)
    return found.rows[0] if found.rows else None


def _only(condition: str) -> Listing[ListedEntrant]:
    # Integers of our own are written into the SQL, so that the list needs no further argument.
    return LISTING._replace(table=f"(SELECT * FROM entrants WHERE {condition}) AS one")


def _listed(shares_browser_with: str | None, **columns: Any) -> ListedEntrant:
    packed = shares_browser_with
    others = msgspec.json.decode(packed, type=list[list[int]]) if packed else []
    return ListedEntrant(shares_browser_with=sorted(other for (other,) in others), **columns)
