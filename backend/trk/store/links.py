"""Links: which entrant a visitor is, and what is done when that is found out (see core/link)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from trk.core.campaign import Action, Campaign
from trk.core.link import (
    Browsers,
    Link,
    Proof,
    claim,
    is_better,
    share,
)
from trk.core.rejection import Rejection, RejectionReason
from trk.store import browsers, settlements, settling, waiting
from trk.store.columns import insert, insert_new
from trk.store.program import Transaction, as_list
from trk.store.waiting import Room


async def of(tx: Transaction, campaign: Campaign, visitors: Collection[str]) -> dict[str, Link]:
    """The links of these visitors; one that is not linked is not in the result."""
    rows = await tx.fetch(
        "SELECT visitor, entrant_id, proof FROM links "
        "WHERE campaign_id = $1 AND visitor IN texts($2)",
        campaign.id,
        as_list(visitors),
    )
    found = {row["visitor"]: Link(row["entrant_id"], row["proof"]) for row in rows}
    return {each: found[each] for each in visitors if each in found}


async def sure(tx: Transaction, campaign: Campaign, visitors: Collection[str]) -> dict[str, int]:
    """The entrant of each visitor that is somebody's for good."""
    found = await of(tx, campaign, visitors)
    return {visitor: link.entrant_id for visitor, link in found.items() if link.sure}


async def by_visit(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    visitor: str,
    entrant_id: int,
    now: int,
    *,
    by_address: bool = False,
    room: Room | None = None,
) -> int | Rejection:
    """Link a visitor who came to the campaign's page from the site, if it is not another's.

    If it is, two entrants may share a browser; unless the id came `by_address` alone, which may
    have been copied.
    """
    proof: Proof = "click" if by_address else "session"
    # Most visits bring what is known for good: they need not wait for those who link somebody.
    link = (await of(tx, campaign, [visitor])).get(visitor)
    if link is not None and link.entrant_id == entrant_id and not is_better(proof, link.proof):
        return entrant_id
    await browsers.hold(tx, campaign.id, [visitor])
    bound = await bind(tx, campaign, actions, visitor, entrant_id, proof, "visit", now, room)
    if isinstance(bound, Rejection) and bound.reason is RejectionReason.TOO_MANY_BROWSERS:
        refused = {"campaign_id": campaign.id, "beacon": f"visit {visitor}", "visitor": visitor}
        told = {"code": bound.code, "message": bound.message, "received_at": now}
        await insert_new(tx, "refusals", **refused, **told)
    return bound


async def leave(
    tx: Transaction, campaign: Campaign, visitors: Collection[str], entrant_id: int
) -> list[str]:
    """Note that an entrant has left the campaign in a browser with these visitors' ids; those that
    are linked to them."""
    await browsers.hold_campaign(tx, campaign.id)
    found = await tx.fetch(
        "UPDATE links SET proof = CASE WHEN proof IN ('earlier', 'click') THEN 'left' ELSE proof "
        "END WHERE campaign_id = $1 AND visitor IN texts($2) AND entrant_id = $3 RETURNING visitor",
        campaign.id,
        as_list(visitors),
        entrant_id,
    )
    return [row["visitor"] for row in found]


async def unite(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    visitor: str,
    was: str,
    now: int,
    room: Room | None = None,
) -> None:
    """Take two visitor ids of one browser for one: the link of one is the other's too.

    Until one is linked for good, that is remembered. Two that are linked for good stay as they
    are, and say of nobody that they share a browser.
    """
    if visitor == was:
        return
    await browsers.hold(tx, campaign.id, [visitor, was])
    linked = await of(tx, campaign, [visitor, was])
    if not any(link.sure for link in linked.values()):
        await browsers.remember(tx, campaign, visitor, was, now)
    if not linked:
        return
    told, link = max(linked.items(), key=lambda each: each[1].sure)
    other = was if told == visitor else visitor
    await _link(tx, campaign, actions, other, link, "browser", now, room)


async def _browsers(tx: Transaction, campaign: Campaign, entrant_id: int) -> Browsers:
    """The browsers of an entrant; further ids of the same one are not counted."""
    [row] = await tx.fetch(
        "SELECT (SELECT COUNT(*) FROM links AS l WHERE plain(l.campaign_id) = $1 "
        "AND l.entrant_id = $2 AND l.source <> 'browser') AS found, "
        "e.many_browsers_at IS NOT NULL AS more "
        "FROM entrants AS e WHERE e.campaign_id = $1 AND e.id = $2",
        campaign.id,
        entrant_id,
    )
    return Browsers(row["found"], bool(row["more"]))


async def bind(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    visitor: str,
    entrant_id: int,
    proof: Proof,
    source: str,
    now: int,
    room: Room | None = None,
) -> int | Rejection:
    """Link a visitor to the entrant whose it is said to be, as the rules have it. The visitor must
    be held (see browsers.hold). Whoever links several gives them one `room`."""
    link = (await of(tx, campaign, [visitor])).get(visitor)
    step = claim(entrant_id, proof, link, await _browsers(tx, campaign, entrant_id))
    if isinstance(step, Rejection):
        if link is not None and link.entrant_id != entrant_id and share(proof, link):
            await _shared(tx, campaign, visitor, entrant_id, now)
        return step
    if step != "keep":
        await _link(tx, campaign, actions, visitor, Link(entrant_id, proof), source, now, room)
    return entrant_id


async def unlink(tx: Transaction, campaign: Campaign, entrant_id: int) -> None:
    """Unlink all visitors of an entrant, and let no token link one again that was minted before.

    What they have completed stays the entrant's; but what counted provisionally is given to whoever
    shows later that it was their browser.
    """
    await browsers.hold_campaign(tx, campaign.id)
    await settlements.close(tx, campaign, entrant_id)
    for table in ("links", "xrefs"):
        sql = f"DELETE FROM {table} WHERE plain(campaign_id) = $1 AND entrant_id = $2"
        await tx.fetch(sql, campaign.id, entrant_id)


async def _shared(
    tx: Transaction, campaign: Campaign, visitor: str, entrant_id: int, now: int
) -> None:
    """Note, for the owner, that an entrant uses the browser of another one."""
    sql = (
        "INSERT INTO shared_visitors (campaign_id, visitor, entrant_id, seen_at) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
    )
    await tx.fetch(sql, campaign.id, visitor, entrant_id, now)


async def _link(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    visitor: str,
    link: Link,
    source: str,
    now: int,
    room: Room | None,
) -> None:
    """Link a visitor, and with it the other ids of the same browser, unless they are another's
    for good; what they did, and what waited, is this entrant's from now on."""
    same = browsers.take if link.sure else browsers.others
    ids = [visitor, *await same(tx, campaign, visitor)]
    linked = await of(tx, campaign, ids)
    fresh: list[str] = []
    for each in ids:
        old = linked.get(each)
        how = source if each == visitor else "browser"
        if old is None:
            fresh.append(each)
            await _insert(tx, campaign, each, link, how, now)
        elif old.entrant_id == link.entrant_id and is_better(link.proof, old.proof):
            await _prove(tx, campaign, each, link.proof)
        elif old.entrant_id != link.entrant_id and link.sure and not old.sure:
            await _give(tx, campaign, each, link, how, now)
    if link.sure:
        await _for_good(tx, campaign, actions, ids, link.entrant_id, now)
    # What was not linked any more came after what had counted for somebody.
    await waiting.settle(tx, campaign, actions, fresh, link, now, room or Room())


async def adopt(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    visitor: str,
    named: str,
    now: int,
) -> None:
    """Take what counts provisionally by a token that this visitor has brought (`named`, as in the
    log) for done by them. The visitor must be held."""
    adopted = await tx.fetch(
        "UPDATE trackings SET visitor = $3 WHERE campaign_id = $1 AND visitor = $2 "
        "AND provisional = 1 RETURNING id",
        *(campaign.id, named, visitor),
    )
    link = (await of(tx, campaign, [visitor])).get(visitor) if adopted else None
    if link is not None and link.sure:
        await _for_good(tx, campaign, actions, [visitor], link.entrant_id, now)


async def _for_good(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    ids: Collection[str],
    entrant_id: int,
    now: int,
) -> None:
    """What these visitors did, and counted for others, is this entrant's."""
    for giver, theirs in (await settling.givers(tx, campaign, ids, entrant_id)).items():
        await settling.of_moved(tx, campaign, actions, theirs, giver, entrant_id, now)
    await settling.for_good(tx, campaign, ids)
    await settlements.give(tx, campaign, ids, entrant_id)


async def _insert(
    tx: Transaction, campaign: Campaign, visitor: str, link: Link, source: str, now: int
) -> None:
    made = {"campaign_id": campaign.id, "visitor": visitor, "source": source, "made_at": now}
    await insert(tx, "links", **made, **link._asdict())


async def _prove(tx: Transaction, campaign: Campaign, visitor: str, proof: Proof) -> None:
    """Note that a visitor's link has a better proof."""
    sql = "UPDATE links SET proof = $3 WHERE campaign_id = $1 AND visitor = $2"
    await tx.fetch(sql, campaign.id, visitor, proof)


async def _give(
    tx: Transaction, campaign: Campaign, visitor: str, link: Link, source: str, now: int
) -> None:
    """Give a visitor to the entrant whose it is."""
    await tx.fetch(
        "UPDATE links SET entrant_id = $3, proof = $4, source = $5, made_at = $6 "
        "WHERE campaign_id = $1 AND visitor = $2",
        *(campaign.id, visitor, *link, source, now),
    )
