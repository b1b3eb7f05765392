"""Counts that are kept: how many rows there are in all, and in each quarter of an hour.

Rows are only ever added at the end of their tables. Those that have been there for a while are
counted once, a small part at a time (`fold`); a question adds those that came since (with ids above
`up_to`). Beacons pay nothing for it. Whoever deletes rows takes them out of the counts
(`take_out`).

All zones are a whole number of quarters of an hour away from UTC, and so are their days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, get_args

from trk.store import program
from trk.store.program import Row, Transaction, as_rows

Counted = Literal["trackings", "completions", "entrants", "claims"]
KINDS: tuple[Counted, ...] = get_args(Counted)

QUARTER = 900_000
"""A quarter of an hour, in milliseconds."""
PART = 5_000
"""How many rows are counted together: a beacon may have to wait for that, some milliseconds."""
_EVER = -1


class _Columns(NamedTuple):
    """Where a kind has its time, action and worth, as SQL."""

    time: str
    action: str = "0"
    worth: str = "0"


_COLUMNS: dict[Counted, _Columns] = {
    "trackings": _Columns("received_at", "COALESCE(action_id, 0)"),
    "completions": _Columns("completed_at", "action_id", "worth"),
    "entrants": _Columns("created_at"),
    "claims": _Columns("claimed_at"),
}


def number(kind: Counted, campaign: str, action: str | None = None) -> str:
    """SQL: how many rows of a kind a campaign has; `campaign` and `action` are SQL for ids."""
    return _sum(kind, "number", "COUNT(*)", campaign, action)


async def total(tx: Transaction, kind: Counted, campaign_id: int, action: int | None = None) -> int:
    """How many rows of a kind a campaign has (of one action)."""
    args = (campaign_id,) if action is None else (campaign_id, action)
    sql = f"SELECT {number(kind, '$1', None if action is None else '$2')} AS n"
    return await program.number(tx, sql, *args)


def worth(campaign: str, action: str | None = None) -> str:
    """SQL: the sum of the worth of all valid completions of a campaign (or of one action)."""
    of_action = "" if action is None else f" AND v.action_id = {action}"
    return (
        f"{_sum('completions', 'worth', 'COALESCE(SUM(t.worth), 0)', campaign, action)} - "
        "(SELECT CAST(COALESCE(SUM(v.worth), 0) AS BIGINT) FROM completions AS v "
        f"WHERE v.campaign_id = {campaign} AND v.invalidated_at IS NOT NULL{of_action})"
    )


def _sum(kind: Counted, kept: str, fresh: str, campaign: str, action: str | None) -> str:
    of_action = "" if action is None else " AND {}.action_id = " + action
    return (
        f"(SELECT CAST(COALESCE(SUM(k.{kept}), 0) AS BIGINT) FROM tallies AS k "
        f"WHERE k.campaign_id = {campaign} AND k.kind = '{kind}' AND k.quarter = {_EVER}"
        f"{of_action.format('k')}) + "
        f"(SELECT CAST({fresh} AS BIGINT) FROM {kind} AS t WHERE t.campaign_id = {campaign} "
        f"AND t.id > {_up_to(kind)}{of_action.format('t')})"
    )


def _up_to(kind: Counted) -> str:
    return f"(SELECT up_to FROM tallied WHERE kind = '{kind}')"


async def days(
    tx: Transaction, kind: Counted, campaign_id: int, starts_at: int, ends_at: int, day_length: int
) -> list[Row]:
    """Rows (n, action_id, found): how many there are of an action on the n-th of the days (of
    `day_length`) from `starts_at` until before `ends_at`, in ms; no action is None."""
    columns = _COLUMNS[kind]
    sql = (
        "SELECT d.n, CASE WHEN d.action_id = 0 THEN NULL ELSE d.action_id END AS action_id, "
        "CAST(SUM(d.number) AS BIGINT) AS found FROM ("
        f"SELECT (k.quarter * {QUARTER} - CAST($2 AS BIGINT)) / CAST($4 AS BIGINT) AS n, "
        f"k.action_id, k.number FROM tallies AS k WHERE k.campaign_id = $1 AND k.kind = '{kind}' "
        f"AND k.quarter >= CAST($2 AS BIGINT) / {QUARTER} "
        f"AND k.quarter < CAST($3 AS BIGINT) / {QUARTER} UNION ALL "
        f"SELECT ({columns.time} - CAST($2 AS BIGINT)) / CAST($4 AS BIGINT), {columns.action}, 1 "
        f"FROM {kind} WHERE campaign_id = $1 AND id > {_up_to(kind)} "
        f"AND {columns.time} >= $2 AND {columns.time} < $3"
        ") AS d GROUP BY d.n, d.action_id HAVING SUM(d.number) > 0 ORDER BY d.n, d.action_id"
    )
    return await tx.fetch(sql, campaign_id, starts_at, ends_at, day_length)


class CounterMark(NamedTuple):
    """How far a kind has come: the highest id that can be seen, and which transactions under way
    (by name) may have taken a lower one."""

    newest: int
    writers: frozenset[str]


async def mark(tx: Transaction, kind: Counted) -> CounterMark:
    """How far a kind has come."""
    newest = await program.number(tx, f"SELECT COALESCE(MAX(id), 0) AS n FROM {kind}")
    # Asked afterwards: who has taken a lower id writes since before that.
    return CounterMark(newest, await writers(tx, kind))


async def writers(tx: Transaction, kind: Counted) -> frozenset[str]:
    """The transactions under way that write rows of a kind."""
    return frozenset(
        row["name"] for row in await tx.fetch(f"SELECT w.name FROM writing({kind}) AS w")
    )


async def fold(tx: Transaction, kind: Counted, settled: int) -> bool:
    """Count the next rows of a kind, up to the id `settled` and at most PART; True: there are more.

    No transaction may be under way that adds a row with an id up to `settled`.
    """
    up_to = await _hold(tx, kind)
    sql = (
        "SELECT MAX(w.id) AS id, COUNT(*) AS found FROM "
        f"(SELECT id FROM {kind} WHERE id > $1 AND id <= $2 ORDER BY id LIMIT {PART}) AS w"
    )
    [end] = await tx.fetch(sql, up_to, settled)
    if end["id"] is None:
        return False
    columns = _COLUMNS[kind]
    for quarter in (f"{columns.time} / {QUARTER}", str(_EVER)):
        sql = (
            "INSERT INTO tallies (campaign_id, kind, quarter, action_id, number, worth) "
            f"SELECT p.campaign_id, '{kind}', p.quarter, p.action, COUNT(*), SUM(p.worth) FROM "
            f"(SELECT campaign_id, {quarter} AS quarter, {columns.action} AS action, "
            f"{columns.worth} AS worth FROM {kind} WHERE id > $1 AND id <= $2) AS p "
            "WHERE true GROUP BY p.campaign_id, p.quarter, p.action "
            "ON CONFLICT (campaign_id, kind, quarter, action_id) DO UPDATE SET "
            "number = tallies.number + excluded.number, worth = tallies.worth + excluded.worth"
        )
        await tx.fetch(sql, up_to, end["id"])
    await tx.fetch("UPDATE tallied SET up_to = $2 WHERE kind = $1", kind, end["id"])
    return bool(end["found"] == PART)


async def take_out(
    tx: Transaction, campaign_id: int, kind: Counted, gone: Iterable[Mapping[str, Any]]
) -> None:
    """Take rows of a campaign that this transaction has deleted (as `returned` gave them) out of
    the counts."""
    up_to = await _hold(tx, kind)
    found: Counter[tuple[int, int]] = Counter()
    lost: Counter[tuple[int, int]] = Counter()
    for row in gone:
        if row["id"] <= up_to:
            for quarter in (row["at"] // QUARTER, _EVER):
                place = (quarter, row["action"])
                found[place] += 1
                lost[place] += row["worth"]
    if found:
        await tx.fetch(
            "UPDATE tallies SET number = number - CAST(r.value ->> 2 AS BIGINT), "
            "worth = worth - CAST(r.value ->> 3 AS BIGINT) FROM rows($1) AS r "
            f"WHERE tallies.campaign_id = $2 AND tallies.kind = '{kind}' "
            "AND tallies.quarter = CAST(r.value ->> 0 AS BIGINT) "
            "AND tallies.action_id = CAST(r.value ->> 1 AS BIGINT)",
            as_rows([(*place, found[place], lost[place]) for place in found]),
            campaign_id,
        )


def returned(kind: Counted) -> str:
    """SQL after RETURNING, for `take_out`."""
    columns = _COLUMNS[kind]
    return f"id, {columns.time} AS at, {columns.action} AS action, {columns.worth} AS worth"


async def drop_action(tx: Transaction, campaign_id: int, action_id: int) -> None:
    """An action is deleted in this transaction, with its completions; its trackings have none."""
    await hold(tx)
    sql = (
        "INSERT INTO tallies (campaign_id, kind, quarter, action_id, number, worth) "
        "SELECT k.campaign_id, k.kind, k.quarter, 0, k.number, k.worth FROM tallies AS k "
        "WHERE k.campaign_id = $1 AND k.kind = 'trackings' AND k.action_id = $2 "
        "ON CONFLICT (campaign_id, kind, quarter, action_id) DO UPDATE SET "
        "number = tallies.number + excluded.number"
    )
    await tx.fetch(sql, campaign_id, action_id)
    await tx.fetch(
        "DELETE FROM tallies WHERE campaign_id = $1 AND action_id = $2", campaign_id, action_id
    )


async def hold(tx: Transaction) -> None:
    """Let nobody else count anything until this transaction ends."""
    for kind in KINDS:
        await _hold(tx, kind)


async def _hold(tx: Transaction, kind: Counted) -> int:
    """Up to which id rows are counted; nobody else changes that until this transaction ends."""
    sql = "SELECT up_to AS n FROM tallied WHERE kind = $1 FOR UPDATE"
    return await program.number(tx, sql, kind)
