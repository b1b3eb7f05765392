"""Links: which entrant a visitor is, and the trackings that waited for a link."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from trk.core.campaign import Action, Campaign, day_key
from trk.core.link import XREF_LIFETIME, Xref, bind, by_xref
from trk.core.rejection import Rejection, RejectionReason
from trk.core.unlock import Report, on_link, value_key
from trk.store import browsers, unlocks
from trk.store.columns import insert, insert_new
from trk.store.program import Transaction, as_rows

Visitor = tuple[int, str]
"""(campaign id, visitor id)"""


async def of(tx: Transaction, visitors: Collection[Visitor]) -> dict[Visitor, int]:
    """The entrant of each linked visitor; a visitor that is not linked is not in the result."""
    found = await tx.fetch(
        "SELECT l.campaign_id, l.visitor, l.entrant_id FROM rows($1) AS r JOIN links AS l "
        "ON l.campaign_id = CAST(r.value ->> 0 AS BIGINT) AND l.visitor = r.value ->> 1",
        as_rows([list(visitor) for visitor in visitors]),
    )
    return {(row["campaign_id"], row["visitor"]): row["entrant_id"] for row in found}


async def mint_xref(
    tx: Transaction, campaign: Campaign, entrant_id: int, action_id: int, token_hash: str, now: int
) -> None:
    """Store a new xref token (its hash) for an entrant who follows an action's link."""
    sql = (
        "INSERT INTO xrefs (token_hash, campaign_id, entrant_id, action_id, minted_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)"
    )
    await tx.fetch(sql, token_hash, campaign.id, entrant_id, action_id, now, now + XREF_LIFETIME)


async def use_xref(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    token_hash: str,
    visitor: str,
    now: int,
) -> int | Rejection | None:
    """Link `visitor` by an xref token: the entrant's id, or why not. Using it again is harmless.

    None for another campaign's token: its script is on the page as well, and reports it there.
    """
    sql = "SELECT id, campaign_id, entrant_id, expires_at, visitor FROM xrefs WHERE token_hash = $1"
    found = await tx.fetch(sql, token_hash)
    if found and found[0]["campaign_id"] != campaign.id:
        return None
    xref = (
        Xref(found[0]["entrant_id"], found[0]["expires_at"], found[0]["visitor"]) if found else None
    )
    linked = await of(tx, [(campaign.id, visitor)])
    linked_to = linked.get((campaign.id, visitor))
    entrant_id = by_xref(xref, visitor, linked_to, now)
    if isinstance(entrant_id, Rejection):
        if entrant_id.reason is RejectionReason.VISITOR_TAKEN and xref is not None:
            await _shared(tx, campaign, visitor, xref.entrant_id, now)
        return entrant_id
    await tx.fetch(
        "UPDATE xrefs SET visitor = $1, used_at = COALESCE(used_at, $2) WHERE id = $3",
        visitor,
        now,
        found[0]["id"],
    )
    if linked_to is None:
        await _make(tx, campaign, actions, visitor, entrant_id, "xref", now)
    return entrant_id


async def named_by_xref(
    tx: Transaction, campaign: Campaign, token_hash: str, now: int
) -> int | Rejection:
    """The entrant whom a token names to the customer's own server; it links no visitor."""
    found = await tx.fetch(
        "SELECT entrant_id, expires_at FROM xrefs WHERE token_hash = $1 AND campaign_id = $2",
        token_hash,
        campaign.id,
    )
    xref = Xref(found[0]["entrant_id"], found[0]["expires_at"], None) if found else None
    return by_xref(xref, "", None, now)


async def by_visit(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    visitor: str,
    entrant_id: int,
    now: int,
    *,
    by_address: bool = False,
) -> int | Rejection:
    """Link a visitor who came to the campaign's page from the site, if it is still free.

    If it is not, two entrants share a browser; unless the id came `by_address` alone, which may
    have been copied.
    """
    linked = await of(tx, [(campaign.id, visitor)])
    linked_to = linked.get((campaign.id, visitor))
    bound = bind(entrant_id, linked_to)
    if isinstance(bound, Rejection):
        if not by_address:
            await _shared(tx, campaign, visitor, entrant_id, now)
    elif linked_to is None:
        await _make(tx, campaign, actions, visitor, entrant_id, "visit", now)
    return bound


async def unite(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    visitor: str,
    was: str,
    now: int,
) -> None:
    """Take two visitor ids of one browser for one: the link of one is the other's too.

    Without a link yet, that is remembered for when there is one. Two that are linked stay as they
    are, and say of nobody that they share a browser.
    """
    await browsers.hold(tx, campaign)
    linked = await of(tx, [(campaign.id, visitor), (campaign.id, was)])
    free = [each for each in {visitor, was} if (campaign.id, each) not in linked]
    if not linked and len(free) == 2:
        await browsers.remember(tx, campaign, visitor, was, now)
    elif linked and free:
        [entrant_id] = linked.values()
        await _make(tx, campaign, actions, free[0], entrant_id, "browser", now)


async def unlink(
    tx: Transaction, campaign: Campaign, entrant_id: int, but: Collection[str]
) -> None:
    """Unlink all visitors of an entrant `but` these, and let no token link one again that was
    minted before. What they have completed stays the entrant's, and counts for nobody else."""
    await browsers.hold(tx, campaign)
    await tx.fetch(
        "DELETE FROM links WHERE entrant_id = $1 AND visitor NOT IN "
        "(SELECT r.value ->> 0 FROM rows($2) AS r)",
        entrant_id,
        as_rows([(each,) for each in but]),
    )
    await tx.fetch("DELETE FROM xrefs WHERE entrant_id = $1", entrant_id)


async def _shared(
    tx: Transaction, campaign: Campaign, visitor: str, entrant_id: int, now: int
) -> None:
    """Note, for the owner, that an entrant uses the browser of another one."""
    sql = (
        "INSERT INTO shared_visitors (campaign_id, visitor, entrant_id, seen_at) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
    )
    await tx.fetch(sql, campaign.id, visitor, entrant_id, now)


async def _make(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    visitor: str,
    entrant_id: int,
    source: str,
    now: int,
) -> None:
    """Link a visitor, and with it the other ids of the same browser that are not linked."""
    await browsers.hold(tx, campaign)
    link = {"campaign_id": campaign.id, "entrant_id": entrant_id, "made_at": now}
    await insert(tx, "links", **link, visitor=visitor, source=source)
    others = [
        other
        for other in await browsers.take(tx, campaign, visitor)
        if await insert_new(tx, "links", **link, visitor=other, source="browser") is not None
    ]
    await _settle_waiting(tx, campaign, actions, [visitor, *others], entrant_id, now)


async def _settle_waiting(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    visitors: Collection[str],
    entrant_id: int,
    now: int,
) -> None:
    """Unlock what the trackings that waited for these links earn, oldest first."""
    # One by one, so that no planner reads all that waits in the campaign.
    sql = (
        "SELECT id, beacon, n, action_id, name, value, happened_at FROM trackings "
        "WHERE campaign_id = $1 AND visitor = $2 AND outcome = 'waiting' AND settled IS NULL"
    )
    waiting = [row for each in visitors for row in await tx.fetch(sql, campaign.id, each)]
    waiting.sort(key=lambda row: (row["beacon"], row["n"]))
    if not waiting:
        return
    reports = [Report(row["name"], row["value"], row["happened_at"]) for row in waiting]
    found = [actions.get(row["action_id"]) for row in waiting]
    ledger = await unlocks.ledger_of(
        tx,
        [
            unlocks.Wanted(
                (entrant_id, action.id, day_key(action, campaign.timezone, report.happened_at)),
                value_key(report.value) if action.unique_value else None,
            )
            for action, report in zip(found, reports, strict=True)
            if action is not None
        ],
    )
    settled = []
    earned = []
    for row, action, report in zip(waiting, found, reports, strict=True):
        decision = on_link(campaign, action, entrant_id, report, now, ledger.known)
        ledger.enter(decision)
        refusal = decision.refusal
        settled.append(
            [row["id"], decision.outcome, refusal and f"{refusal.code}: {refusal.message}"]
        )
        if decision.unlock is not None and action is not None:
            earned.append(
                unlocks.Earned(
                    campaign.id,
                    decision.unlock,
                    action.worth,
                    report.value,
                    "tracking",
                    report.happened_at,
                    decision.uses,
                    row["beacon"],
                    row["n"],
                )
            )
    sql = (
        "UPDATE trackings SET settled = r.value ->> 1, refusal = r.value ->> 2, entrant_id = $2 "
        "FROM rows($1) AS r WHERE trackings.id = CAST(r.value ->> 0 AS BIGINT)"
    )
    await tx.fetch(sql, as_rows(settled), entrant_id)
    await unlocks.add(tx, {campaign.id: campaign}, earned, now)
