"""The browser sessions in which an entrant is known, and what may be shown to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.entrant import Entrant
from trk.core.mailbox import folded
from trk.store import links
from trk.store.columns import insert
from trk.store.program import Transaction, as_list, first, ids

NOTED_EVERY = 24 * 3_600_000
"""How often it is noted that a session is used, in milliseconds: a poll a day writes, no more."""


SESSION_LIFETIME = 90 * NOTED_EVERY
"""After how long without use a session ends, in milliseconds."""


async def open_session(
    tx: Transaction,
    campaign: Campaign,
    entrant_id: int,
    session_hash: str,
    now: int,
    browser: str = "",
    *,
    typed: bool = False,
    proved: bool = False,
) -> None:
    """Open a session for an entrant in a browser, in the place of any that was open there. For
    `typed`, and what `proved` adds to it, see store/schema."""
    await leave(tx, campaign, None, browser)
    session = {"campaign_id": campaign.id, "entrant_id": entrant_id, "token_hash": session_hash}
    session |= {"browser_hash": browser, "typed": 1 + proved if typed else 0}
    await insert(tx, "entrant_sessions", **session, created_at=now, used_at=now)


async def was_typed(tx: Transaction, campaign: Campaign, entrant_id: int, browser: str) -> bool:
    """Has this entrant a session in this browser for which they typed their e-mail there?"""
    found = await tx.fetch(
        "SELECT 1 AS one FROM entrant_sessions WHERE campaign_id = $3 AND entrant_id = $1 "
        "AND browser_hash = $2 AND browser_hash <> '' AND typed > 0",
        entrant_id,
        browser,
        campaign.id,
    )
    return bool(found)


async def hold(tx: Transaction, campaign: Campaign, browser: str) -> None:
    """Let nobody else open or end a session in this browser until this transaction ends.

    Of two who open one at once, the later must see the other's: otherwise both would stay open. It
    is the first that anybody holds: see docs/decisions/one-order-of-locks.md.
    """
    if browser:
        await tx.lock([f"sessions {campaign.id} {browser}"])


async def use_session(tx: Transaction, campaign: Campaign, session_hash: str, now: int) -> None:
    """Note that a session of this campaign is used, if the last note is older than a day."""
    await tx.fetch(
        "UPDATE entrant_sessions SET used_at = CAST($2 AS BIGINT) "
        "WHERE campaign_id = $4 AND token_hash = $1 AND used_at <= $3",
        session_hash,
        now,
        now - NOTED_EVERY,
        campaign.id,
    )


async def end_unused(tx: Transaction, now: int, some: int = 500) -> int:
    """Delete some of the sessions of all campaigns that have ended by not being used; how many."""
    end = now - SESSION_LIFETIME
    ended = await tx.fetch(
        "SELECT campaign_id, token_hash FROM entrant_sessions WHERE used_at <= $1 "
        "ORDER BY used_at LIMIT $2",
        *(end, some),
    )
    sql = (
        "DELETE FROM entrant_sessions WHERE campaign_id = $1 AND token_hash IN texts($2) "
        "AND used_at <= $3"
    )
    for campaign_id in sorted({row["campaign_id"] for row in ended}):
        theirs = [row["token_hash"] for row in ended if row["campaign_id"] == campaign_id]
        await tx.fetch(sql, campaign_id, as_list(theirs), end)
    return len(ended)


async def leave(
    tx: Transaction, campaign: Campaign, session_hash: str | None, browser: str
) -> None:
    """End a session, and all that are open in its browser or in `browser` (the hash of its secret)
    in this campaign; the entrants stay entered.

    A button pressed twice, and two tabs, open several, of which the browser keeps one. One that was
    left open would give its entrant's data to whoever types their e-mail there.
    """
    await hold(tx, campaign, browser)
    await tx.fetch(
        "WITH browsers AS (SELECT CAST($2 AS TEXT) AS browser UNION "
        "SELECT browser_hash FROM entrant_sessions WHERE campaign_id = $3 AND token_hash = $1) "
        "DELETE FROM entrant_sessions WHERE campaign_id = $3 AND token_hash IN "
        "(SELECT CAST($1 AS TEXT) UNION SELECT s.token_hash FROM browsers AS b "
        "JOIN each[entrant_sessions AS s ON s.campaign_id = $3 AND s.browser_hash = b.browser] "
        "WHERE b.browser <> '')",
        session_hash,
        browser,
        campaign.id,
    )


# Nothing is shown to a session that nobody has confirmed once another browser has claimed the
# address: it may be that of somebody who entered with another person's.
_MAY_BE_SHOWN = "s.used_at > $1 AND (e.confirmed_at IS NOT NULL OR e.claimed_at IS NULL)"
_SHOWN = (
    "FROM entrant_sessions AS s "
    "JOIN each[entrants AS e ON e.campaign_id = $2 AND e.id = s.entrant_id] "
    f"WHERE s.campaign_id = $2 AND {_MAY_BE_SHOWN}"
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


async def in_browser(
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
        folded(email),
        browser,
    )


class Elsewhere(NamedTuple):
    """An entrant of another campaign, by that one's id; `proved`: this browser has shown there that
    it reads the mailbox."""

    id: int
    name: str
    email: str
    proved: bool


async def elsewhere(
    tx: Transaction, campaign: Campaign, session_hashes: Sequence[str], now: int
) -> list[Elsewhere]:
    """Whose these sessions are in other published campaigns, if they typed their e-mail there, it
    may be shown, and they take part; the newest session comes first."""
    rows = await tx.fetch(
        "SELECT e.id, e.name, e.email, s.typed > 1 AND e.confirmed_at IS NOT NULL AS proved "
        "FROM entrant_sessions AS s "
        "JOIN entrants AS e ON e.campaign_id = s.campaign_id AND e.id = s.entrant_id "
        f"WHERE {_MAY_BE_SHOWN} AND s.campaign_id <> $2 AND e.blocked_at IS NULL "
        "AND e.erased_at IS NULL AND EXISTS (SELECT 1 FROM campaigns AS c "
        "WHERE c.id = s.campaign_id AND c.deleted_at IS NULL AND c.published_at IS NOT NULL) "
        "AND s.typed > 0 AND s.token_hash IN texts($3) "
        "ORDER BY s.created_at DESC, e.id DESC",
        now - SESSION_LIFETIME,
        campaign.id,
        as_list(session_hashes),
    )
    return [Elsewhere(row["id"], row["name"], row["email"], bool(row["proved"])) for row in rows]


async def holder(tx: Transaction, campaign: Campaign, session_hash: str | None) -> int | None:
    """Whose session this is, by id, whether or not anything may be shown to it."""
    found = await ids(
        tx,
        "SELECT s.entrant_id AS id FROM entrant_sessions AS s "
        "WHERE s.campaign_id = $2 AND s.token_hash = $1",
        session_hash,
        campaign.id,
    )
    return found[0] if found else None


async def put_out(tx: Transaction, campaign: Campaign, entrant_id: int) -> None:
    """End every session of an entrant, and unlink all their browsers."""
    await tx.fetch(
        "DELETE FROM entrant_sessions WHERE campaign_id = $1 AND entrant_id = $2",
        campaign.id,
        entrant_id,
    )
    await links.unlink(tx, campaign, entrant_id)


async def claim(tx: Transaction, campaign: Campaign, email: str, browser: str, now: int) -> None:
    """Note that a browser has asked for this address which its entrant has not entered in, if
    nobody has confirmed it yet: until somebody does, nothing of it is shown."""
    await tx.fetch(
        "UPDATE entrants SET claimed_at = CAST($3 AS BIGINT) WHERE campaign_id = $1 "
        "AND email_folded = $2 AND claimed_at IS NULL AND confirmed_at IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM entrant_sessions AS s WHERE s.campaign_id = $1 "
        "AND s.entrant_id = entrants.id AND s.browser_hash = $4 AND s.browser_hash <> '')",
        campaign.id,
        folded(email),
        now,
        browser,
    )
