"""Corrections by the owner: invalidated completions and blocked entrants, with their reasons."""

from __future__ import annotations

from collections.abc import Collection, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.core.unlock import value_key
from trk.store import browsers, referrals, rewards
from trk.store.columns import insert
from trk.store.pages import Listing, Page, Span, page
from trk.store.program import Row, Transaction, as_rows


async def invalidate(
    tx: Transaction,
    campaign: Campaign,
    completions: Collection[int],
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Take these completions' entries back; the ids of those that were valid.

    The actions stay done, so that the same person can't simply do them again. Their unique values
    are free again for the person to whom they belong.
    """
    await browsers.hold_campaign(tx, campaign.id)
    sql = (
        "UPDATE completions SET invalidated_at = $3, invalidated_reason = $4 "
        "WHERE id = $1 AND campaign_id = $2 AND invalidated_at IS NULL "
        "RETURNING action_id, entrant_id, details"
    )
    free = "DELETE FROM unique_values WHERE action_id = $1 AND entrant_id = $2 AND value_hash = $3"
    changed = []
    for each in sorted(set(completions)):
        for row in await tx.fetch(sql, each, campaign.id, now, reason):
            key = value_key(row["details"])
            await tx.fetch(free, row["action_id"], row["entrant_id"], key)
            await note(tx, campaign, "invalidated", reason, now, step=step, completion_id=each)
            changed.append(each)
    return changed


async def restore(
    tx: Transaction,
    campaign: Campaign,
    completions: Collection[int],
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Give the entries of these invalidated completions back, with the rewards that are earned by
    it; the ids of those that were invalid.

    Raises Duplicate if another entrant has used a unique value meanwhile, and FriendRefused if a
    friend who has completed one can't count now.
    """
    await browsers.hold_campaign(tx, campaign.id)
    restored = []
    for each in sorted(set(completions)):
        restored += await _restore(tx, campaign, each, reason, now, step)
    used = sorted(
        (row["action_id"], key, row["entrant_id"])
        for row in restored
        if (key := value_key(row["details"])) is not None
    )
    await tx.fetch(
        "INSERT INTO unique_values (action_id, value_hash, entrant_id, used_at) "
        "SELECT a.id, r.value ->> 1, CAST(r.value ->> 2 AS BIGINT), CAST($2 AS BIGINT) "
        "FROM rows($1) AS r JOIN actions AS a ON a.id = CAST(r.value ->> 0 AS BIGINT) "
        "WHERE a.unique_value = 1",
        as_rows(used),
        now,
    )
    await rewards.grant(tx, campaign, {row["entrant_id"] for row in restored}, now)
    return [row["id"] for row in restored]


async def _restore(
    tx: Transaction, campaign: Campaign, completion_id: int, reason: str, now: int, step: str | None
) -> list[Row]:
    """Restore a completion, but for its unique value; its row, if it was invalid."""
    was = await tx.fetch(
        "SELECT invalidated_at AS was_at, invalidated_reason AS was_reason FROM completions "
        "WHERE id = $1 AND campaign_id = $2",
        completion_id,
        campaign.id,
    )
    sql = (
        "UPDATE completions SET invalidated_at = NULL, invalidated_reason = NULL "
        "WHERE id = $1 AND campaign_id = $2 AND invalidated_at IS NOT NULL "
        "RETURNING id, action_id, entrant_id, day, source, details"
    )
    rows = await tx.fetch(sql, completion_id, campaign.id)
    for row in rows:
        if row["source"] == referrals.SOURCE:
            await referrals.check_restored(tx, row["entrant_id"], row["action_id"], row["day"])
        what = {"step": step, **was[0], "completion_id": completion_id}
        await note(tx, campaign, "restored", reason, now, **what)
    return rows


async def allow_browsers(
    tx: Transaction,
    campaign: Campaign,
    entrants: Collection[int],
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Let these entrants have more than ten browsers; the ids of those who could not. A browser
    that was refused is linked by the next visit."""
    sql = (
        "UPDATE entrants SET many_browsers_at = $3 WHERE id = $1 AND campaign_id = $2 "
        "AND many_browsers_at IS NULL AND erased_at IS NULL RETURNING id"
    )
    allowed = [
        each for each in sorted(set(entrants)) if await tx.fetch(sql, each, campaign.id, now)
    ]
    for each in allowed:
        await note(tx, campaign, "browsers_allowed", reason, now, step=step, entrant_id=each)
    return allowed


async def limit_browsers(
    tx: Transaction,
    campaign: Campaign,
    entrants: Collection[int],
    reason: str,
    now: int,
    step: str | None = None,
) -> list[int]:
    """Let these entrants have ten browsers again, and keep those that are linked; the ids of those
    who could have more."""
    sql = (
        "UPDATE entrants SET many_browsers_at = NULL WHERE id = $1 AND campaign_id = $2 "
        "AND many_browsers_at IS NOT NULL RETURNING id"
    )
    limited = [each for each in sorted(set(entrants)) if await tx.fetch(sql, each, campaign.id)]
    for each in limited:
        await note(tx, campaign, "browsers_limited", reason, now, step=step, entrant_id=each)
    return limited


@dataclass(frozen=True, slots=True)
class Correction:
    """What was taken back or given back, of a completion or of an entrant, and why.

    `counted`: a completion is there because the owner let a tracking count that had come late.
    `moved`: what an entrant's browser did was found to be another's, or another's to be theirs.
    """

    id: int
    kind: Literal[
        "invalidated",
        "restored",
        "counted",
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
    """Corrects the things with these ids in a campaign, for a reason, at an instant (ms), with all
    that comes of it (rewards); the ids of those that it changed, in order. `step` names what is
    done together, to be undone together (undoing)."""

    def __call__(
        self,
        tx: Transaction,
        campaign: Campaign,
        chosen: Collection[int],
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
