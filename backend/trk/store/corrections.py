"""Corrections by the owner: invalidated completions and blocked entrants, with their reasons."""

from __future__ import annotations

from collections.abc import Collection, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.core.unlock import value_key
from trk.store import browsers, leaving_out, referrals, rewards
from trk.store.columns import insert
from trk.store.pages import Listing, Page, Span, page
from trk.store.program import Transaction, as_rows


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


async def invalidate_several(
    tx: Transaction,
    campaign: Campaign,
    completions: Collection[int],
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """The same for several; the ids of those that were valid."""
    await hold(tx, campaign, completions)
    return [
        each
        for each in sorted(set(completions))
        if await invalidate(tx, campaign, each, reason, now, step)
    ]


async def restore(
    tx: Transaction,
    campaign: Campaign,
    completion_id: int,
    reason: str,
    now: int,
    step: str | None = None,
) -> bool:
    """Give an invalidated completion's entries back; False if there is none. Raises as
    restore_several does."""
    return bool(await restore_several(tx, campaign, [completion_id], reason, now, step))


async def restore_several(
    tx: Transaction,
    campaign: Campaign,
    completions: Collection[int],
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """The same for several, with the rewards that are earned by it; the ids of those that were
    invalid.

    Raises Duplicate if another entrant has used a unique value meanwhile, and FriendRefused if a
    friend who has completed one can't count now.
    """
    await hold(tx, campaign, completions)
    owners = {}
    for each in sorted(set(completions)):
        owner = await _restore(tx, campaign, each, reason, now, step)
        if owner is not None:
            owners[each] = owner
    await rewards.grant(tx, campaign, set(owners.values()), now)
    return list(owners)


async def _restore(
    tx: Transaction, campaign: Campaign, completion_id: int, reason: str, now: int, step: str | None
) -> int | None:
    """Restore a completion; whose it is, who may have earned a reward by it. None if it is not
    invalid."""
    was = await tx.fetch(
        "SELECT invalidated_at AS was_at, invalidated_reason AS was_reason FROM completions "
        "WHERE id = $1 AND campaign_id = $2",
        completion_id,
        campaign.id,
    )
    sql = (
        "UPDATE completions SET invalidated_at = NULL, invalidated_reason = NULL "
        "WHERE id = $1 AND campaign_id = $2 AND invalidated_at IS NOT NULL "
        "RETURNING action_id, entrant_id, day, source, details"
    )
    rows = await tx.fetch(sql, completion_id, campaign.id)
    if not rows:
        return None
    [row] = rows
    owner: int = row["entrant_id"]
    if row["source"] == referrals.SOURCE:
        await referrals.check_restored(tx, owner, row["action_id"], row["day"])
    key = value_key(row["details"])
    if key is not None:
        sql = (
            "INSERT INTO unique_values (action_id, value_hash, entrant_id, used_at) "
            "SELECT a.id, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT) "
            "FROM actions AS a WHERE a.id = $1 AND a.unique_value = 1"
        )
        await tx.fetch(sql, row["action_id"], key, owner, now)
    await note(
        tx, campaign, "restored", reason, now, step=step, **was[0], completion_id=completion_id
    )
    return owner


async def hold(tx: Transaction, campaign: Campaign, completions: Collection[int]) -> None:
    """Let nobody else correct these completions until this transaction ends.

    Those that friends have completed are held after the campaign and after all entrants whom this
    is about, as whoever blocks a friend does; the others before any entrant, as whoever moves or
    erases them does.
    """
    chosen = as_rows([(each,) for each in completions])
    these = (
        "FROM rows($1) AS r JOIN completions AS u ON u.id = CAST(r.value ->> 0 AS BIGINT) "
        "WHERE u.campaign_id = $2"
    )
    held = (
        f"SELECT u.id {these} AND u.source %s '{referrals.SOURCE}' ORDER BY u.id FOR NO KEY UPDATE"
    )
    found = await tx.fetch(f"SELECT u.entrant_id, u.source, u.day {these}", chosen, campaign.id)
    friends = [
        referrals.friend_of(row["day"]) for row in found if row["source"] == referrals.SOURCE
    ]
    if friends:
        await browsers.hold_campaign(tx, campaign.id)
    await tx.fetch(held % "<>", chosen, campaign.id)
    if friends:
        owners = [row["entrant_id"] for row in found]
        await referrals.hold(tx, campaign, {*owners, *friends})
        await tx.fetch(held % "=", chosen, campaign.id)


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
    return bool(await leaving_out.let_in(tx, campaign, [entrant_id], reason, now, step))


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


class SeveralProgram(Protocol):
    """The same for several things, with all that comes of it at once (rewards); the ids of those
    that it changed, in order."""

    def __call__(
        self,
        tx: Transaction,
        campaign: Campaign,
        numbers: Collection[int],
        /,
        reason: str,
        now: int,
        step: str | None = None,
    ) -> Coroutine[Any, Any, list[int]]: ...


async def note(
    tx: Transaction, campaign: Campaign, kind: str, reason: str, now: int, **noted: int | str | None
) -> None:
    """Note a correction: what of, `completion_id` or `entrant_id`; its `step`, and what it ends
    (`was_at`, `was_reason`), as columns."""
    what = {"campaign_id": campaign.id, "kind": kind, "reason": reason, "made_at": now}
    await insert(tx, "corrections", **what, **noted)
