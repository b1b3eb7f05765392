"""Xref tokens: minted for an entrant who follows an action's link, used by the page it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from trk.core.campaign import Action, Campaign
from trk.core.link import MOST_TOKENS, TOKENS_PER, USED, XREF_LIFETIME, Proof, Xref, refusal_of
from trk.core.rejection import Rejection, RejectionReason
from trk.store import browsers, links
from trk.store.columns import insert
from trk.store.program import Transaction, number
from trk.store.submissions import entrant_named, named_visitor
from trk.store.waiting import Room


async def mint(
    tx: Transaction, campaign: Campaign, entrant_id: int, action_id: int, token_hash: str, now: int
) -> bool:
    """Store a new xref token (its hash) for an entrant who follows an action's link.

    False, and nothing is stored, if this entrant has got as many as there are within an hour.
    """
    one = "SELECT id FROM entrants WHERE campaign_id = $1 AND id = $2 FOR NO KEY UPDATE"
    await tx.fetch(one, campaign.id, entrant_id)
    minted = await number(
        tx,
        "SELECT COUNT(*) AS n FROM xrefs WHERE plain(campaign_id) = $1 AND entrant_id = $2 "
        "AND minted_at > $3",
        campaign.id,
        entrant_id,
        now - TOKENS_PER,
    )
    if minted >= MOST_TOKENS:
        return False
    xref = {"token_hash": token_hash, "campaign_id": campaign.id, "entrant_id": entrant_id}
    times = {"minted_at": now, "expires_at": now + XREF_LIFETIME}
    await insert(tx, "xrefs", **xref, action_id=action_id, **times)
    return True


async def use(
    tx: Transaction,
    campaign: Campaign,
    actions: Mapping[int, Action],
    token_hash: str,
    visitor: str,
    now: int,
    *,
    direct: bool = False,
    room: Room | None = None,
) -> int | Rejection | None:
    """Link `visitor` by an xref token: the entrant's id, or why not. Using it again is harmless.

    `direct`: the page was opened straight from the campaign. None for another campaign's token:
    its script is on the page as well, and reports it there.
    """
    await browsers.hold(tx, campaign.id, [visitor])
    sql = (
        "SELECT id, entrant_id, expires_at, visitor FROM xrefs "
        "WHERE campaign_id = $1 AND token_hash = $2"
    )
    found = await tx.fetch(sql, campaign.id, token_hash)
    if not found and await _is_known(tx, token_hash):
        return None
    xref = (
        Xref(found[0]["entrant_id"], found[0]["expires_at"], found[0]["visitor"]) if found else None
    )
    refusal = refusal_of(xref, visitor, now)
    if refusal is not None or xref is None:
        return refusal
    used = await tx.fetch(
        "UPDATE xrefs SET visitor = CAST($1 AS TEXT), used_at = COALESCE(used_at, $2) "
        "WHERE campaign_id = $4 AND id = $3 AND (visitor IS NULL OR visitor = $1) RETURNING id",
        visitor,
        now,
        found[0]["id"],
        campaign.id,
    )
    if not used:
        return USED
    proof: Proof = "direct" if direct else "token"
    bound = await links.bind(
        tx, campaign, actions, visitor, xref.entrant_id, proof, "xref", now, room
    )
    taken = isinstance(bound, Rejection) and bound.reason is RejectionReason.VISITOR_TAKEN
    if isinstance(bound, Rejection) and xref.visitor is None:
        await tx.fetch(
            "UPDATE xrefs SET visitor = NULL, used_at = NULL, "
            "brought_by = COALESCE(CAST($3 AS TEXT), brought_by) "
            "WHERE campaign_id = $1 AND id = $2",
            campaign.id,
            found[0]["id"],
            visitor if taken else None,
        )
    if taken or not isinstance(bound, Rejection):
        named = named_visitor(xref.entrant_id, found[0]["id"])
        await links.adopt(tx, campaign, actions, visitor, named, now)
    return bound


async def _is_known(tx: Transaction, token_hash: str) -> bool:
    """Has any campaign minted this token?"""
    return bool(await tx.fetch("SELECT id FROM xrefs WHERE token_hash = $1", token_hash))


class Named(NamedTuple):
    """Whom a server's call by a token is about: the visitor in the log, and the entrant, unless
    that is whoever the visitor is linked to."""

    visitor: str
    entrant_id: int | None


async def named_by(
    tx: Transaction, campaign: Campaign, token_hash: str, beacon: str, now: int
) -> Named | Rejection:
    """Whom a token names to the customer's own server, in the call with this idempotency id.

    That is the browser that has brought the token, if one has: it may be somebody else's. A call
    that is stored already is about whom it was about.
    """
    found = await tx.fetch(
        "SELECT id, entrant_id, expires_at, COALESCE(visitor, brought_by) AS visitor, "
        "(SELECT t.visitor FROM trackings AS t WHERE t.beacon = $3 "
        "AND plain(t.campaign_id) = $2 LIMIT 1) AS stored "
        "FROM xrefs WHERE token_hash = $1 AND campaign_id = $2",
        *(token_hash, campaign.id, beacon),
    )
    xref = Xref(found[0]["entrant_id"], found[0]["expires_at"], None) if found else None
    refusal = refusal_of(xref, None, now)
    if xref is None or refusal is not None:
        assert refusal is not None
        return refusal
    alone = named_visitor(xref.entrant_id, found[0]["id"])
    if found[0]["visitor"] is None or found[0]["stored"] == alone:
        return Named(alone, xref.entrant_id)
    return Named(found[0]["visitor"], None)


async def brought_by(tx: Transaction, campaign: Campaign, named: str) -> str | None:
    """The browser that has brought the token of which this is the visitor in the log, if any."""
    sql = (
        "SELECT id, COALESCE(visitor, brought_by) AS visitor FROM xrefs "
        "WHERE plain(campaign_id) = $1 AND entrant_id = $2"
    )
    entrant_id = entrant_named(named)
    assert entrant_id is not None
    for row in await tx.fetch(sql, campaign.id, entrant_id):
        if named_visitor(entrant_id, row["id"]) == named:
            found: str | None = row["visitor"]
            return found
    return None
