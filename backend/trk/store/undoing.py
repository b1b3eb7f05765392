"""Undoing: what was corrected together is put back exactly as it was, as far as nobody has
corrected it again since."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from trk.core.campaign import Campaign
from trk.store import browsers, corrections, leaving_out, validity
from trk.store.corrections import Cause
from trk.store.program import Row, Transaction, as_rows, first

Kind = Literal["invalidated", "restored", "counted", "blocked", "unblocked"]
_MOST = 1_000
"""How long a reason may be."""


class CorrectedTogether(NamedTuple):
    """What was corrected together: how, why, and the `first` of its corrections."""

    kind: Kind
    reason: str
    first: int


async def find(tx: Transaction, campaign: Campaign, step: str) -> CorrectedTogether | None:
    """The step with this name, or None."""
    sql = (
        "SELECT kind, reason, id AS first FROM corrections "
        "WHERE campaign_id = $1 AND step = $2 AND step IS NOT NULL ORDER BY id LIMIT 1"
    )
    return await first(tx, CorrectedTogether, sql, campaign.id, step)


async def still(
    tx: Transaction, campaign: Campaign, step: str, done: CorrectedTogether
) -> list[int]:
    """The ids of what is still as the step left it."""
    return [row["of"] for row in await _still(tx, campaign, step, done)]


async def _still(
    tx: Transaction,
    campaign: Campaign,
    step: str,
    done: CorrectedTogether,
    chosen: Collection[int] | None = None,
) -> list[Row]:
    """What is still as the step left it: the ids (`of`), each with what it ended; of those that are
    chosen, if they are."""
    column = corrections.column_of(done.kind)
    of, which = "", []
    if chosen is not None:
        of = f"AND c.{column} IN (SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($4) AS r) "
        which = [as_rows([(each,) for each in chosen])]
    return await tx.fetch(
        # Of one thing the correction with the highest id is the last: the campaign was held.
        "SELECT w.of, w.was_at, w.was_reason FROM (SELECT c.step, c.was_at, c.was_reason, "
        f"c.{column} AS of, ROW_NUMBER() OVER "
        f"(PARTITION BY c.{column} ORDER BY c.id DESC) AS n FROM corrections AS c "
        f"WHERE c.campaign_id = $1 AND c.id >= $3 AND c.kind IN ({_KINDS[column]}) {of}"
        ") AS w WHERE w.n = 1 AND w.step = $2 ORDER BY w.of",
        campaign.id,
        step,
        done.first,
        *which,
    )


async def undo(
    tx: Transaction,
    campaign: Campaign,
    step: str,
    now: int,
    chosen: Collection[int] | None = None,
) -> tuple[Kind, list[int]]:
    """Put back what this step has changed and nobody has corrected since (of those that are chosen,
    if they are), with what that gives (rewards): how it was corrected, and the ids of what was put
    back. Of late trackings that were counted the completions stay, and are invalid; so do rewards
    that were given for them.

    Raises Duplicate, and changes nothing, if a value has been used again by now, and
    FriendRefused if a friend can't count; LookupError if there is no such step.
    """
    done = await find(tx, campaign, step)
    if done is None:
        raise LookupError(step)
    await browsers.hold_campaign(tx, campaign.id)
    still = await _still(tx, campaign, step, done, chosen)
    cause = Cause(f"Undone: {done.reason}"[:_MOST], now)
    theirs = [row["of"] for row in still]
    if done.kind == "blocked":
        return done.kind, await leaving_out.let_in(tx, campaign, theirs, cause)
    if done.kind == "unblocked":
        was = [(row["of"], row["was_at"], row["was_reason"]) for row in still]
        return done.kind, await leaving_out.block_again(tx, campaign, was, cause)
    if done.kind == "invalidated":
        return done.kind, await validity.restore(tx, campaign, theirs, cause)
    again = await validity.invalidate(tx, campaign, theirs, cause)
    if done.kind == "counted":
        return done.kind, again
    sql = (
        "UPDATE completions SET invalidated_at = $3, invalidated_reason = $4 "
        "WHERE campaign_id = $1 AND id = $2"
    )
    for row in still:
        if row["of"] in again:
            await tx.fetch(sql, campaign.id, row["of"], row["was_at"], row["was_reason"])
    return done.kind, again


_KINDS = {
    "completion_id": "'invalidated', 'restored', 'counted'",
    "entrant_id": "'blocked', 'unblocked'",
}
