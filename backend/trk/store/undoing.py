"""Undoing: what was corrected together is put back exactly as it was, as far as nobody has
corrected it again since."""

from __future__ import annotations

from typing import Literal, NamedTuple

from trk.core.campaign import Campaign
from trk.store import browsers, corrections, leaving_out
from trk.store.program import Row, Transaction, as_rows, first

Kind = Literal["invalidated", "restored", "blocked", "unblocked"]
_MOST = 1_000
"""How long a reason may be."""


class Step(NamedTuple):
    """What was corrected together: how, why, and the `first` of its corrections."""

    kind: Kind
    reason: str
    first: int


async def find(tx: Transaction, campaign: Campaign, step: str) -> Step | None:
    """The step with this name, or None."""
    sql = (
        "SELECT kind, reason, id AS first FROM corrections "
        "WHERE campaign_id = $1 AND step = $2 AND step IS NOT NULL ORDER BY id LIMIT 1"
    )
    return await first(tx, Step, sql, campaign.id, step)


async def _still(tx: Transaction, campaign: Campaign, step: str, done: Step) -> list[Row]:
    """What is still as the step left it: the ids (`of`), each with what it ended."""
    return await tx.fetch(
        # Of one thing the correction with the highest id is the last: each has locked it before.
        "SELECT w.of, w.was_at, w.was_reason FROM (SELECT c.step, c.was_at, c.was_reason, "
        f"c.{_column(done.kind)} AS of, ROW_NUMBER() OVER "
        f"(PARTITION BY c.{_column(done.kind)} ORDER BY c.id DESC) AS n FROM corrections AS c "
        f"WHERE c.campaign_id = $1 AND c.id >= $3 AND c.kind IN ({_KINDS[_table(done.kind)]})"
        ") AS w WHERE w.n = 1 AND w.step = $2 ORDER BY w.of",
        campaign.id,
        step,
        done.first,
    )


async def undo(tx: Transaction, campaign: Campaign, step: str, now: int) -> tuple[Kind, list[int]]:
    """Put back what this step has changed and nobody has corrected since, with what that gives
    (rewards): how it was corrected, and the ids of what was put back.

    Raises Duplicate or Uncounted, and changes nothing, if a value is used by another entrant by
    now, or a friend can't count; LookupError if there is no such step.
    """
    done = await find(tx, campaign, step)
    if done is None:
        raise LookupError(step)
    await browsers.hold_campaign(tx, campaign.id)  # before them, as whoever lets one in does
    await _hold(tx, done.kind, await _still(tx, campaign, step, done))
    still = await _still(tx, campaign, step, done)  # somebody else may have had it held
    reason = f"Undone: {done.reason}"[:_MOST]
    chosen = [row["of"] for row in still]
    if done.kind == "blocked":
        return done.kind, await leaving_out.let_in(tx, campaign, chosen, reason, now)
    if done.kind == "unblocked":
        was = [(row["of"], row["was_at"], row["was_reason"]) for row in still]
        return done.kind, await leaving_out.block_again(tx, campaign, was, reason, now)
    put_back = []
    for row in still:
        if done.kind == "invalidated":
            changed = await corrections.restore(tx, campaign, row["of"], reason, now)
        else:
            changed = await _invalidate_again(tx, campaign, row, reason, now)
        if changed:
            put_back.append(row["of"])
    return done.kind, put_back


async def _invalidate_again(
    tx: Transaction, campaign: Campaign, row: Row, reason: str, now: int
) -> bool:
    """Invalidate a completion as it was before: with its instant and its reason."""
    if not await corrections.invalidate(tx, campaign, row["of"], reason, now):
        return False
    sql = "UPDATE completions SET invalidated_at = $2, invalidated_reason = $3 WHERE id = $1"
    await tx.fetch(sql, row["of"], row["was_at"], row["was_reason"])
    return True


async def _hold(tx: Transaction, kind: Kind, rows: list[Row]) -> None:
    """Let nobody else correct these until this transaction ends."""
    await tx.fetch(
        f"SELECT t.id FROM rows($1) AS r JOIN {_table(kind)} AS t "
        "ON t.id = CAST(r.value ->> 0 AS BIGINT) ORDER BY t.id FOR NO KEY UPDATE",
        as_rows([(row["of"],) for row in rows]),
    )


_KINDS = {"completions": "'invalidated', 'restored'", "entrants": "'blocked', 'unblocked'"}


def _table(kind: Kind) -> str:
    return "completions" if kind in ("invalidated", "restored") else "entrants"


def _column(kind: Kind) -> str:
    return "completion_id" if _table(kind) == "completions" else "entrant_id"
