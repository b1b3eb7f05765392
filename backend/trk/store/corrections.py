"""Corrections by the owner: invalidated completions and blocked entrants, with their reasons."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.core.unlock import value_key
from trk.store import browsers, referrals, rewards
from trk.store.columns import insert
from trk.store.pages import Listing, Page, Span, page
from trk.store.program import Row, Transaction

_INVALIDATED = (
    "SELECT invalidated_at AS was_at, invalidated_reason AS was_reason FROM completions "
    "WHERE id = $1 AND campaign_id = $2 FOR NO KEY UPDATE"
)
_BLOCKED = (
    "SELECT blocked_at AS was_at, blocked_reason AS was_reason FROM entrants "
    "WHERE id = $1 AND campaign_id = $2 FOR NO KEY UPDATE"
)


async def invalidate(
    tx: Transaction,
    campaign: Campaign,
    completion_id: int,
    reason: str,
    now: int,
    step: str | None = None,
) -> bool:
    """Take a completion's entries back; False if there is none, or it is invalid already.

    The action stays done, so that the same person can't simply do it again. Its unique value is
    free again for the person to whom it belongs.
    """
    sql = (
        "UPDATE completions SET invalidated_at = $3, invalidated_reason = $4 "
        "WHERE id = $1 AND campaign_id = $2 AND invalidated_at IS NULL "
        "RETURNING action_id, entrant_id, details"
    )
    rows = await tx.fetch(sql, completion_id, campaign.id, now, reason)
    if not rows:
        return False
    await tx.fetch(
        "DELETE FROM unique_values WHERE action_id = $1 AND value_hash = $2 AND entrant_id = $3",
        rows[0]["action_id"],
        value_key(rows[0]["details"]),
        rows[0]["entrant_id"],
    )
    await note(tx, campaign, "invalidated", reason, now, step=step, completion_id=completion_id)
    return True


async def restore(
    tx: Transaction,
    campaign: Campaign,
    completion_id: int,
    reason: str,
    now: int,
    step: str | None = None,
) -> bool:
    """Give an invalidated completion's entries back; False if there is none.

    Raises Duplicate if another entrant has used its unique value meanwhile, and Uncounted if it is
    for a friend who can't count.
    """
    await browsers.hold_campaign(tx, campaign.id)
    was = await _was(tx, _INVALIDATED, campaign, completion_id)
    sql = (
        "UPDATE completions SET invalidated_at = NULL, invalidated_reason = NULL "
        "WHERE id = $1 AND campaign_id = $2 AND invalidated_at IS NOT NULL "
        "RETURNING action_id, entrant_id, details"
    )
    rows = await tx.fetch(sql, completion_id, campaign.id)
    if not rows:
        return False
    entrant_id, key = rows[0]["entrant_id"], value_key(rows[0]["details"])
    if key is not None:
        sql = (
            "INSERT INTO unique_values (action_id, value_hash, entrant_id, used_at) "
            "SELECT a.id, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT) "
            "FROM actions AS a WHERE a.id = $1 AND a.unique_value = 1"
        )
        await tx.fetch(sql, rows[0]["action_id"], key, entrant_id, now)
    await referrals.check_restored(tx, completion_id)
    await note(tx, campaign, "restored", reason, now, step=step, **was, completion_id=completion_id)
    await rewards.grant(tx, campaign, [entrant_id], now)
    return True


async def block(
    tx: Transaction,
    campaign: Campaign,
    entrant_id: int,
    reason: str,
    now: int,
    step: str | None = None,
) -> bool:
    """Block an entrant: nothing unlocks, and nothing of theirs counts, until unblocked.

    False if there is no such entrant, or it is blocked already.
    """
    sql = (
        "UPDATE entrants SET blocked_at = $3, blocked_reason = $4 "
        "WHERE id = $1 AND campaign_id = $2 AND blocked_at IS NULL RETURNING id"
    )
    rows = await tx.fetch(sql, entrant_id, campaign.id, now, reason)
    if rows:
        await note(tx, campaign, "blocked", reason, now, step=step, entrant_id=entrant_id)
        await referrals.take_back(tx, campaign.id, [entrant_id], referrals.BLOCKED, now)
    return bool(rows)


async def unblock(
    tx: Transaction,
    campaign: Campaign,
    entrant_id: int,
    reason: str,
    now: int,
    step: str | None = None,
) -> bool:
    """Let a blocked entrant take part again; False if there is no such entrant, or it is erased."""
    await browsers.hold_campaign(tx, campaign.id)
    was = await _was(tx, _BLOCKED, campaign, entrant_id)
    sql = (
        "UPDATE entrants SET blocked_at = NULL, blocked_reason = NULL "
        "WHERE id = $1 AND campaign_id = $2 AND blocked_at IS NOT NULL AND erased_at IS NULL "
        "RETURNING id"
    )
    rows = await tx.fetch(sql, entrant_id, campaign.id)
    if not rows:
        return False
    await note(tx, campaign, "unblocked", reason, now, step=step, **was, entrant_id=entrant_id)
    referrers = await referrals.count_again(tx, campaign, [entrant_id], now)
    await rewards.grant(tx, campaign, {entrant_id, *referrers}, now)
    return True


async def allow_browsers(
    tx: Transaction,
    campaign: Campaign,
    entrant_id: int,
    reason: str,
    now: int,
    step: str | None = None,
) -> bool:
    """Let an entrant have more than ten browsers; False if there is no such entrant, or they may
    already. A browser that was refused is linked by the next visit."""
    sql = (
        "UPDATE entrants SET many_browsers_at = $3 WHERE id = $1 AND campaign_id = $2 "
        "AND many_browsers_at IS NULL AND erased_at IS NULL RETURNING id"
    )
    rows = await tx.fetch(sql, entrant_id, campaign.id, now)
    if rows:
        await note(tx, campaign, "browsers_allowed", reason, now, step=step, entrant_id=entrant_id)
    return bool(rows)


async def limit_browsers(
    tx: Transaction,
    campaign: Campaign,
    entrant_id: int,
    reason: str,
    now: int,
    step: str | None = None,
) -> bool:
    """Let an entrant have ten browsers again, and keep those that are linked; False if there is no
    such entrant, or they may have no more."""
    sql = (
        "UPDATE entrants SET many_browsers_at = NULL WHERE id = $1 AND campaign_id = $2 "
        "AND many_browsers_at IS NOT NULL RETURNING id"
    )
    rows = await tx.fetch(sql, entrant_id, campaign.id)
    if rows:
        await note(tx, campaign, "browsers_limited", reason, now, step=step, entrant_id=entrant_id)
    return bool(rows)


@dataclass(frozen=True, slots=True)
class Correction:
    """What was taken back or given back, of a completion or of an entrant, and why.

    `moved`: what an entrant's browser did was found to be another's, or another's to be theirs.
    """

    id: int
    kind: Literal[
        "invalidated",
        "restored",
        "blocked",
        "unblocked",
        "browsers_allowed",
        "browsers_limited",
        "moved",
    ]
    completion_id: int | None
    entrant_id: int | None
    reason: str
    made_at: Instant


LISTING = Listing(Correction, "corrections", "made_at")


async def listed(tx: Transaction, campaign: Campaign, span: Span) -> Page[Correction]:
    """A page of the corrections: what was done, why and when."""
    return await page(tx, LISTING, campaign, span)


class CorrectionProgram(Protocol):
    """Corrects the thing with this id in a campaign, for a reason, at an instant (ms); False if
    there was nothing to do. `step` names what is done together, to be undone together (undoing)."""

    def __call__(
        self,
        tx: Transaction,
        campaign: Campaign,
        number: int,
        /,
        reason: str,
        now: int,
        step: str | None = None,
    ) -> Coroutine[Any, Any, bool]: ...


async def _was(tx: Transaction, sql: str, campaign: Campaign, number: int) -> Row:
    """Since when it is so and why, which a correction ends, held until this transaction ends."""
    found = await tx.fetch(sql, number, campaign.id)
    return found[0] if found else {"was_at": None, "was_reason": None}


async def note(
    tx: Transaction, campaign: Campaign, kind: str, reason: str, now: int, **noted: int | str | None
) -> None:
    """Note a correction: what of, `completion_id` or `entrant_id`; its `step`, and what it ends
    (`was_at`, `was_reason`), as columns."""
    what = {"campaign_id": campaign.id, "kind": kind, "reason": reason, "made_at": now}
    await insert(tx, "corrections", **what, **noted)
