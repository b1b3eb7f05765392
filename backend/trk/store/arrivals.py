"""Arrivals: who a browser is that comes to a campaign's page from the site, and enters there."""

from __future__ import annotations

from typing import Any, NamedTuple

from trk.core.campaign import Campaign
from trk.core.entrant import Entrant
from trk.core.link import VISITORS_KEPT
from trk.store import browsers, entrants, links, rewards, tickets
from trk.store.program import Transaction
from trk.store.waiting import Room


class Came(NamedTuple):
    """What a browser's cookies say of who it is on the site.

    `visitors` are the ids that earlier clicks have brought, the newest last; of `left`, an entrant
    to whom they were linked has left the campaign in this browser. `tickets` and `browser` are
    hashes: of the tickets that still wait, and of the browser's own secret.
    """

    visitors: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()
    browser: str = ""


NOBODY = Came()
"""A browser that remembers nothing."""


class Arrived(NamedTuple):
    """What the browser is to remember now: visitors, the newest last, and the hashes of tickets
    that can't be redeemed yet."""

    visitors: list[str]
    waiting: frozenset[str]


async def enter(
    tx: Transaction, campaign: Campaign, came: Came, /, *, now: int, **given: Any
) -> tuple[Entrant | None, Arrived]:
    """Enter a campaign, as entrants.enter does, and link who `came`; see `take`. The reward for
    that is still to be given."""
    entrant = await entrants.enter(tx, campaign, now=now, rewarded=False, **given)
    entrant_id = entrant and entrant.id
    return entrant, await take(tx, campaign, came, entrant_id, now, rewarded=False)


async def take(
    tx: Transaction,
    campaign: Campaign,
    came: Came,
    entrant_id: int | None,
    now: int,
    *,
    rewarded: bool = True,
) -> Arrived:
    """Redeem what can be redeemed, and link to the entrant, if there is one, what is nobody's for
    good; and give the reward for it, unless whoever does more gives it in the end.

    What an address has brought takes no browser that is somebody's for good, and says of nobody
    that they share one.
    """
    if entrant_id is not None and came.tickets:
        # Whoever enters holds it before the tickets of the same browser.
        await browsers.hold_campaign(tx, campaign.id)
    redeemed = await tickets.redeem(tx, campaign, came.tickets, came.browser, now)
    known = await tickets.states(tx, campaign, came.tickets, came.browser, now)
    waiting = frozenset(each for each, state in known.items() if state == "unknown")
    newest = list(dict.fromkeys(reversed([*came.visitors, *redeemed])))
    sure = await links.sure(tx, campaign, newest)
    mine = [
        each
        for each in newest
        if each in came.visitors or each not in sure or sure[each] == entrant_id
    ]
    kept = mine[:VISITORS_KEPT][::-1]
    if entrant_id is None:
        return Arrived(kept, waiting)
    linking = [each for each in kept if each in came.left or each not in sure]
    if linking:
        await browsers.hold(tx, campaign.id, linking)
    room = Room()
    for each in linking:
        by_address = each not in came.left
        await entrants.link_visit(
            *(tx, campaign, each, entrant_id, now),
            by_address=by_address,
            rewarded=False,
            room=room,
        )
    if linking and rewarded:
        await rewards.grant(tx, campaign, [entrant_id], now)
    sure = await links.sure(tx, campaign, kept)
    # One that could not be linked is not tried again and again.
    return Arrived([each for each in kept if each in sure], waiting)
