"""Entrants: entering a campaign, and finding who has entered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from trk.core.campaign import Campaign
from trk.core.entrant import Entrant
from trk.core.field import FieldAnswer
from trk.core.instant import Instant
from trk.core.mailbox import folded, mailbox_of
from trk.core.network import HOUR, slow_wait
from trk.core.rejection import Rejection
from trk.store import actions, clusters, deliveries, entrant_sessions, fields, links, rewards
from trk.store.columns import insert_new
from trk.store.pages import Condition, Listing, Page, Span, equals, page
from trk.store.program import Transaction, first
from trk.store.search import contains
from trk.store.waiting import Room

_NOTHING: Mapping[int, str] = MappingProxyType({})


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
    language: str = "",
    answers: Mapping[int, str] = _NOTHING,
    proved: bool = False,
    typed: bool = False,
    rewarded: bool = True,
) -> Entrant | None:
    """Enter a campaign and open a session; link the visitor that the site's own page has told, if
    there is one. `browser` is the hash of the browser's secret, `network` that of core/network,
    `language` the one of the page, `answers` what was answered to the fields of the form, by their
    ids; somebody who has entered already keeps theirs. `proved`: the browser has confirmed this
    address in another campaign, so that a new entrant has confirmed it. `typed`: it was typed on
    the campaign's own page; who is known by the browser alone may have typed it elsewhere. For
    `rewarded` see link_visit.

    None if the e-mail has entered already: another browser must not see that entrant's data. The
    same browser may: its button was pressed twice, or the first answer was lost. Raises
    TooManyUnconfirmed, where only confirmed e-mails count.
    """
    if campaign.confirmed_only and network is not None and not proved:
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
        confirmed_at=now if proved else None,
        network=network,
        browser_hash=browser,
        mailbox=mailbox_of(email),
        language=language,
    )
    if entrant_id is None:
        known = await entrant_sessions.in_browser(tx, campaign, email, browser, now)
        if known is not None:
            typed = typed and await entrant_sessions.was_typed(tx, campaign, known.id, browser)
            await entrant_sessions.open_session(
                tx, campaign, known.id, session_hash, now, browser, typed=typed, proved=proved
            )
        return known
    entrant = Entrant(entrant_id, name, email, language)
    await fields.keep(tx, campaign, entrant.id, answers)
    await entrant_sessions.open_session(
        tx, campaign, entrant.id, session_hash, now, browser, typed=typed, proved=proved
    )
    news = deliveries.News(entrant.id, entrant.id)
    await deliveries.announce(tx, campaign, "entrant.created", [news], now)
    if visitor is not None:
        await link_visit(tx, campaign, visitor, entrant.id, now, rewarded=rewarded)
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
    rewarded: bool = True,
    room: Room | None = None,
) -> int | Rejection:
    """Link the visitor that a click on the site brought along to an entrant who has entered, and
    give the reward for it; unless whoever links more of them does that in the end."""
    known = await actions.of_campaign(tx, campaign.id)
    own = {action.id: action for action in known}
    linked = await links.by_visit(
        tx, campaign, own, visitor, entrant_id, now, by_address=by_address, room=room
    )
    if rewarded:
        await rewards.grant(tx, campaign, [entrant_id], now)
    return linked


async def by_email(tx: Transaction, campaign: Campaign, email: str) -> Entrant | None:
    """The entrant with this e-mail, or None."""
    sql = (
        "SELECT id, name, email, language FROM entrants "
        "WHERE campaign_id = $1 AND email_folded = $2"
    )
    return await first(tx, Entrant, sql, campaign.id, folded(email))


async def has_confirmed(tx: Transaction, campaign: Campaign, entrant_id: int) -> bool:
    """Has this entrant confirmed their e-mail?"""
    sql = (
        "SELECT 1 AS one FROM entrants "
        "WHERE campaign_id = $1 AND id = $2 AND confirmed_at IS NOT NULL"
    )
    return bool(await tx.fetch(sql, campaign.id, entrant_id))


@dataclass(frozen=True, slots=True)
class ListedEntrant:
    """An entrant, with what counts for them: valid `entries` and `completions`.

    `shares_browser_with` are ids: whose browser this one used, or who used this one's;
    `many_browsers_at` is since when the owner allows more than ten browsers. `same_network` and
    `same_mailbox` are how many others who take part have entered from the same network, and with an
    address of the same mailbox; at most 100. `answers` are those to the fields of the form.
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
    answers: list[FieldAnswer]


LISTING = Listing(
    ListedEntrant,
    "entrants",
    "created_at",
    {
        "entries": "(SELECT CAST(COALESCE(SUM(c.worth), 0) AS BIGINT) FROM completions AS c "
        "WHERE plain(c.campaign_id) = u.campaign_id AND c.entrant_id = u.id "
        "AND c.invalidated_at IS NULL)",
        "completions": "(SELECT COUNT(*) FROM completions AS c "
        "WHERE plain(c.campaign_id) = u.campaign_id "
        "AND c.entrant_id = u.id AND c.invalidated_at IS NULL)",
        "shares_browser_with": "(SELECT packed[o.other] FROM "
        "(SELECT l.entrant_id AS other FROM shared_visitors AS s JOIN links AS l "
        "ON l.campaign_id = s.campaign_id AND l.visitor = s.visitor "
        "WHERE plain(s.campaign_id) = u.campaign_id AND s.entrant_id = u.id "
        "UNION SELECT s.entrant_id FROM links AS l JOIN shared_visitors AS s "
        "ON s.campaign_id = l.campaign_id AND s.visitor = l.visitor "
        "WHERE plain(l.campaign_id) = u.campaign_id AND l.entrant_id = u.id) AS o)",
        "same_network": clusters.others("network"),
        "same_mailbox": clusters.others("mailbox"),
        "answers": fields.answers_of("u.campaign_id", "u.id"),
    },
    sorts={"email": "email_folded"},
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
        listing = _only(campaign, f"id = {found.id}")
    elif which.shares is not None and which.around is not None:
        around = clusters.around(campaign, which.shares, which.around)
        listing = _only(campaign, f"id IN ({around})")
    return await page(tx, listing, campaign, span, which.conditions(), _listed)


async def by_id(tx: Transaction, campaign: Campaign, entrant_id: int) -> ListedEntrant | None:
    """The entrant of this campaign with this id, as in the list; or None."""
    one = _only(campaign, f"id = {int(entrant_id)}")
    found = await page(tx, one, campaign, Span(limit=1), make=_listed)
    return found.rows[0] if found.rows else None


def _only(campaign: Campaign, condition: str) -> Listing[ListedEntrant]:
    # Integers of our own are written into the SQL, so that the list needs no further argument.
    whole = int(campaign.id)
    one = f"(SELECT * FROM entrants WHERE campaign_id = {whole} AND {condition}) AS one"
    return LISTING._replace(table=one)


def _listed(shares_browser_with: str | None, answers: str | None, **columns: Any) -> ListedEntrant:
    packed = shares_browser_with
    others = msgspec.json.decode(packed, type=list[list[int]]) if packed else []
    return ListedEntrant(
        shares_browser_with=sorted(other for (other,) in others),
        answers=fields.unpacked(answers),
        **columns,
    )
