"""What waits until its visitor is linked, and earns something then: in the transaction that links
them, if it is not too much; the rest in parts, in the order in which it came."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from trk.core.campaign import Action, Campaign
from trk.core.link import Link
from trk.core.unlock import Decision, Known, Report, on_link, on_turn
from trk.store import actions as stored_actions
from trk.store import browsers, campaigns, settlements
from trk.store.errors import gone
from trk.store.program import Row, Transaction
from trk.store.settlements import WAITING, Settlement
from trk.store.settling import COLUMNS, Actions
from trk.store.settling import settle as settle_rows

PART: Final = 1_000
"""How many trackings are settled in one transaction: about 15 milliseconds, and more than a browser
has sent whose pages mean well."""
_ALL = 2**62
"""No id is as high."""


class Room:
    """How many more trackings may be settled in a transaction that links one visitor after the
    other: a part, of all of them together."""

    def __init__(self) -> None:
        self.left = PART


async def settle(
    tx: Transaction,
    campaign: Campaign,
    actions: Actions,
    visitors: Collection[str],
    link: Link,
    now: int,
    room: Room,
) -> None:
    """Unlock what the trackings earn that waited for these links, oldest first. Where they are more
    than there is room for, the first that came are settled, and the others noted (see
    settlements)."""
    begun = await settlements.begun(tx, campaign, visitors)
    rows: list[Row] = []
    # One by one, so that no planner reads all that waits in the campaign.
    for each in visitors:
        found: list[Row] = []
        if each not in begun:
            found = await _next(tx, campaign, each, link.sure, _ALL, room.left + 1)
        if each in begun or len(found) > room.left:
            await settlements.begin(tx, campaign, each, link, now)
        found = found[: room.left]
        room.left -= len(found)
        rows += found

    def decide(action: Action | None, report: Report, known: Known) -> Decision:
        return on_link(campaign, action, link.entrant_id, report, now, known)

    await settle_rows(tx, campaign, actions, rows, link.entrant_id, decide, now)


async def settle_part(tx: Transaction, campaign: Campaign, now: int) -> list[int]:
    """Settle the next part of what is noted. Returns for whom: their rewards are still to be given.

    Raises Gone if the campaign has been deleted.
    """
    await browsers.hold_campaign(tx, campaign.id)
    one = await settlements.first(tx, campaign)
    fresh = await campaigns.as_it_is(tx, campaign)
    if fresh is None:
        raise gone(campaign)
    if one is None:
        return []
    # A push that has seen the settlement, and waits therefore, is stored before or after it all.
    await browsers.hold_visitor(tx, campaign.id, one.visitor)
    until = _ALL if one.until_id is None else one.until_id
    rows = await _next(tx, fresh, one.visitor, one.provisional is None, until, PART)
    await _settle_noted(tx, fresh, one, rows, now)
    if len(rows) < PART:
        await settlements.end(tx, fresh, one)
    return [one.entrant_id]


async def _settle_noted(
    tx: Transaction, campaign: Campaign, one: Settlement, rows: list[Row], now: int
) -> None:
    """Decide what was to be settled when the visitor was linked as it would have been then, and
    after it what came later, as it would have been when it came."""
    known = await stored_actions.of_campaign(tx, campaign.id)
    actions = {action.id: action for action in known}
    entrant_id = one.entrant_id
    sql = "SELECT blocked_at FROM entrants WHERE campaign_id = $1 AND id = $2"
    found = await tx.fetch(sql, campaign.id, entrant_id)
    blocked_at = next((row["blocked_at"] for row in found), None)

    def then(known: Known, at: int | None) -> Known:
        """What was known at an instant (ms), when somebody was perhaps not blocked yet."""
        out = blocked_at is not None and (at is None or blocked_at <= at)
        return Known(known.done, known.values, {entrant_id} if out else (), known.entered)

    def decide(action: Action | None, report: Report, known: Known) -> Decision:
        known = then(known, one.since)
        return on_link(campaign, action, entrant_id, report, one.since, known)

    def decide_later(action: Action | None, report: Report, known: Known) -> Decision:
        return on_turn(campaign, action, entrant_id, report, then(known, report.received_at))

    before = [row for row in rows if row["id"] <= one.before_id]
    await settle_rows(tx, campaign, actions, before, entrant_id, decide, now)
    later = [row for row in rows if row["id"] > one.before_id]
    await settle_rows(tx, campaign, actions, later, entrant_id, decide_later, now)


async def _next(
    tx: Transaction, campaign: Campaign, visitor: str, sure: bool, until: int, most: int
) -> list[Row]:
    """The first trackings of a visitor that wait, in the order in which they came."""
    return await tx.fetch(
        f"SELECT {COLUMNS}, CAST($3 AS INTEGER) AS provisional FROM trackings "
        f"WHERE campaign_id = $1 AND visitor = $2 AND {WAITING} AND id <= $4 ORDER BY id LIMIT $5",
        *(campaign.id, visitor, None if sure else 1, until, most),
    )
