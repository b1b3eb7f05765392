"""Lists of entrants with their entries: what is valid at an instant, kept as it was."""

from __future__ import annotations

from typing import Literal, NamedTuple

from trk.core.campaign import Campaign
from trk.core.draw import Tickets
from trk.store.actions import standing
from trk.store.program import Transaction, number, unpacked
from trk.store.taking_part import left_out

_PAGE = 2_000
ListTable = Literal["fixed_entries", "draw_entries"]
OWNERS: dict[ListTable, str] = {"fixed_entries": "list_id", "draw_entries": "draw_id"}
"""Which column says whose list it is."""


class Doubtful(NamedTuple):
    """How many entries are not in a list since they were taken back, and how many entrants in it
    have not confirmed their e-mail."""

    taken_back: int
    unconfirmed: int


async def copy_valid(tx: Transaction, campaign: Campaign, table: ListTable, of: int) -> None:
    """Make what is valid at this instant the list of `table` with the id `of`: every entrant who
    may win, with their entries."""
    sql = (
        f"INSERT INTO {table} (campaign_id, {OWNERS[table]}, entrant_id, entries) "
        "SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), v.entrant_id, v.entries "
        f"FROM ({valid('$1')}) AS v ORDER BY v.entrant_id"
    )
    await tx.fetch(sql, campaign.id, of)


def valid(campaign: str) -> str:
    """SQL: every entrant of a campaign (SQL for its id) who may win, with their entries."""
    return (
        "SELECT u.entrant_id, SUM(u.worth) AS entries FROM completions AS u "
        f"WHERE u.campaign_id = {campaign} AND u.invalidated_at IS NULL "
        f"AND {standing(campaign)} AND u.entrant_id NOT IN ({left_out(campaign)}) "
        "GROUP BY u.entrant_id HAVING SUM(u.worth) > 0"
    )


async def part(
    tx: Transaction, campaign: Campaign, table: ListTable, of: int, after: int
) -> list[tuple[int, int]]:
    """The next part of a campaign's list: (entrant, entries) above `after`; empty at the end."""
    sql = (
        "SELECT packed[p.entrant_id, p.entries] AS packed FROM (SELECT entrant_id, entries "
        f"FROM {table} WHERE campaign_id = $1 AND {OWNERS[table]} = $2 AND entrant_id > $3 "
        "ORDER BY entrant_id LIMIT $4) AS p"
    )
    found = await tx.fetch(sql, campaign.id, of, after, _PAGE)
    return sorted((entrant_id, count) for entrant_id, count in unpacked(found))


async def whole(tx: Transaction, campaign: Campaign, table: ListTable, of: int) -> Tickets:
    """A whole list, read a part at a time."""
    made, after = Tickets(), 0
    while read := (await part(tx, campaign, table, of, after)):
        for entrant_id, count in read:
            made.add(entrant_id, count)
        after = read[-1][0]
    return made


async def doubtful(tx: Transaction, campaign: Campaign, table: ListTable, of: int) -> Doubtful:
    """What entrants should know of a list."""
    taken_back = await number(
        tx,
        "SELECT COALESCE(SUM(u.worth), 0) AS n FROM completions AS u WHERE u.campaign_id = $1 "
        f"AND {standing('$1')} AND (u.invalidated_at IS NOT NULL OR u.entrant_id IN "
        "(SELECT e.id FROM entrants AS e WHERE e.campaign_id = $1 AND e.blocked_at IS NOT NULL))",
        campaign.id,
    )
    unconfirmed = await number(
        tx,
        f"SELECT COUNT(*) AS n FROM {table} AS t JOIN entrants AS e ON e.campaign_id = $1 "
        f"AND e.id = t.entrant_id WHERE t.campaign_id = $1 AND t.{OWNERS[table]} = $2 "
        "AND e.confirmed_at IS NULL",
        *(campaign.id, of),
    )
    return Doubtful(taken_back, unconfirmed)


async def entries_of(
    tx: Transaction, campaign: Campaign, table: ListTable, of: int, entrant_id: int
) -> int:
    """How many entries an entrant has in a campaign's list; 0 if they are not in it."""
    sql = (
        f"SELECT COALESCE(MAX(entries), 0) AS n FROM {table} "
        f"WHERE campaign_id = $1 AND {OWNERS[table]} = $2 AND entrant_id = $3"
    )
    return await number(tx, sql, campaign.id, of, entrant_id)
