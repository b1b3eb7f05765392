"""Long lists, copied from a snapshot a part at a time, so that beacons go on meanwhile.

Such a list has a number, and no draw or fixed list is there with it until it is whole; then one
short transaction makes that. What was left half made is given up, and erased a part at a time.
"""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.store import campaigns
from trk.store.actions import standing
from trk.store.columns import insert, insert_new
from trk.store.errors import DatabaseError
from trk.store.lists import OWNERS, ListTable, valid
from trk.store.program import Transaction, every

PART = 2_000
"""How many entrants are copied, or erased, in one transaction."""
LEFT = 3_600_000
"""After how long nobody is at work on a list any more (ms)."""


class _Owners(NamedTuple):
    """The table of a list's owners, its column for when the list was made, and what stands in the
    others while a number is drawn."""

    table: str
    time: str
    blank: dict[str, int | str]


_MAKING: dict[ListTable, _Owners] = {
    "draw_entries": _Owners("draws", "made_at", {"seed": ""}),
    "fixed_entries": _Owners("fixed_lists", "fixed_at", {"n": -1, "ended_at": 0, "prizes": "[]"}),
}
TABLES = tuple(_MAKING)
_COPY = "campaign_id = $1 AND entries = $2 AND id = $3"
"""SQL: which list is in the making, by campaign, table and number."""


class Outdated(DatabaseError):
    """Since the list was read, somebody has changed what it goes by."""


class State(NamedTuple):
    """What a campaign's list goes by, besides what was newly completed or confirmed: it changes
    only while the campaign is held (docs/decisions/one-order-of-locks.md).

    Of its actions how many there are, and the last one: one that is deleted may have been replaced.
    `changes` is how often they were changed, which may have let more friends count.
    """

    version: int
    actions: int
    last_action: int
    changes: int
    blocked: int
    corrected: int

    @property
    def what_counts(self) -> tuple[int, int, int, int]:
        """What its owner has settled of it."""
        return self.version, self.actions, self.last_action, self.changes


class ListSnapshot(NamedTuple):
    """A list as it was at one instant: its parts, JSON arrays of (entrant, entries), and how many
    had entries and are not in it, since they had not confirmed their e-mail."""

    parts: list[str]
    unconfirmed: int


class Unfinished(NamedTuple):
    """A list that is not whole."""

    campaign_id: int
    id: int


class Copy(NamedTuple):
    """A whole list that is not taken yet: its id, when it was valid (ms), what it went by."""

    id: int
    at: int
    state: State
    unconfirmed: int


async def state(tx: Transaction, campaign: Campaign) -> State:
    """What the campaign's list goes by now. To be read before the list."""
    [found] = await every(
        tx,
        State,
        "SELECT k.version, (SELECT COUNT(*) FROM actions AS a WHERE a.campaign_id = k.id "
        "AND a.deleted_at IS NULL) AS actions, (SELECT COALESCE(MAX(a.id), 0) FROM actions AS a "
        "WHERE a.campaign_id = k.id AND a.deleted_at IS NULL) AS last_action, "
        "CAST((SELECT COALESCE(SUM(a.version), 0) FROM actions AS a WHERE a.campaign_id = k.id "
        "AND a.deleted_at IS NULL) AS BIGINT) AS changes, "
        "(SELECT COUNT(*) FROM entrants AS e "
        "WHERE e.campaign_id = k.id AND e.blocked_at IS NOT NULL) AS blocked, "
        "(SELECT COALESCE(MAX(c.id), 0) FROM corrections AS c WHERE c.campaign_id = k.id) "
        "AS corrected FROM campaigns AS k WHERE k.id = $1",
        campaign.id,
    )
    return found


async def check(tx: Transaction, campaign: Campaign, copy: Copy) -> None:
    """Raise Outdated if the owner has changed what a list goes by since it was read. The campaign
    must be held.

    Completions that came since, and moved to whose browser it was, came after the list.
    """
    now, was = await state(tx, campaign), copy.state
    sql = (
        "SELECT 1 AS one FROM corrections WHERE campaign_id = $1 AND id > $2 AND kind <> 'moved' "
        "LIMIT 1"
    )
    corrected = await tx.fetch(sql, campaign.id, was.corrected)
    if corrected or now._replace(corrected=0) != was._replace(corrected=0):
        raise Outdated(f"campaign {campaign.key} was corrected while its list was copied")


async def read(tx: Transaction, campaign: Campaign) -> ListSnapshot:
    """The campaign's list at this instant: one statement, which sees no other."""
    rows = await tx.fetch(
        f"SELECT packed[p.entrant_id, p.entries] AS packed, ({_UNCONFIRMED}) AS unconfirmed FROM "
        f"(SELECT v.entrant_id, v.entries, ROW_NUMBER() OVER (ORDER BY v.entrant_id) AS n FROM "
        f"({valid('$1')}) AS v) AS p GROUP BY (p.n - 1) / {PART} ORDER BY MIN(p.n)",
        campaign.id,
    )
    unconfirmed = rows[0]["unconfirmed"] if rows else 0
    return ListSnapshot([row["packed"] for row in rows], unconfirmed)


_UNCONFIRMED = (
    "SELECT COUNT(*) FROM campaigns AS k JOIN entrants AS e ON e.campaign_id = k.id "
    "AND e.confirmed_at IS NULL AND e.blocked_at IS NULL AND e.erased_at IS NULL "
    "WHERE k.id = $1 AND k.confirmed_only = 1 AND EXISTS (SELECT 1 FROM completions AS u "
    "WHERE plain(u.campaign_id) = $1 AND u.entrant_id = e.id AND u.invalidated_at IS NULL "
    f"AND u.worth > 0 AND {standing('$1')})"
)


async def begin(tx: Transaction, campaign: Campaign, table: ListTable, now: int) -> int | None:
    """Begin a list of `table` at `now` (ms): its id, which is that of no other list. None if the
    campaign has its draw by now. Raises Gone if it has been deleted."""
    await campaigns.keep(tx, campaign)
    owners = _MAKING[table]
    of_campaign = {"campaign_id": campaign.id, **owners.blank, owners.time: now}
    made = await insert_new(tx, owners.table, **of_campaign)
    if made is not None:
        # Only the number stays, until the list is whole.
        sql = f"DELETE FROM {owners.table} WHERE campaign_id = $1 AND id = $2"
        await tx.fetch(sql, campaign.id, made)
        copy = {"campaign_id": campaign.id, "entries": table, "id": made}
        await insert(tx, "list_copies", **copy, begun_at=now)
    return made


async def add(tx: Transaction, campaign: Campaign, table: ListTable, of: int, part: str) -> None:
    """Add a part of a snapshot of the campaign's list to a list. Raises Gone if the campaign has
    been deleted: nothing would erase what is added then."""
    await campaigns.keep(tx, campaign)
    sql = (
        f"INSERT INTO {table} (campaign_id, {OWNERS[table]}, entrant_id, entries) "
        "SELECT CAST($3 AS BIGINT), CAST($2 AS BIGINT), CAST(r.value ->> 0 AS BIGINT), "
        "CAST(r.value ->> 1 AS BIGINT) FROM rows($1) AS r"
    )
    await tx.fetch(sql, part, of, campaign.id)


async def take(
    tx: Transaction, campaign: Campaign, table: ListTable, copy: Copy, **columns: int | str
) -> None:
    """Make a whole list the campaign's, with these columns of its owner. Raises Duplicate if a
    unique key forbids it, and Outdated if the list was given up."""
    taken = await tx.fetch(
        f"DELETE FROM list_copies WHERE {_COPY} AND begun_at > 0 RETURNING id",
        *(campaign.id, table, copy.id),
    )
    if not taken:
        raise Outdated(f"the list that was copied for campaign {campaign.key} was given up")
    owners = _MAKING[table]
    given = {"campaign_id": campaign.id, "id": copy.id, owners.time: copy.at, **columns}
    await insert(tx, owners.table, **given)


async def give_up(tx: Transaction, table: ListTable, one: Unfinished) -> bool:
    """Let nobody take a list any more, if it is in the making; False if it is not."""
    sql = f"UPDATE list_copies SET begun_at = 0 WHERE {_COPY} RETURNING id"
    return bool(await tx.fetch(sql, one.campaign_id, table, one.id))


async def left(tx: Transaction, table: ListTable, now: int) -> list[Unfinished]:
    """The lists of `table` that were given up, or that nobody is at work on at `now` (ms)."""
    sql = "SELECT campaign_id, id FROM list_copies WHERE entries = $1 AND begun_at < $2"
    return await every(tx, Unfinished, sql, table, now - LEFT)


async def erase_part(tx: Transaction, table: ListTable, one: Unfinished) -> bool:
    """Erase a part of a list that was left half made; True once it is gone."""
    if not await give_up(tx, table, one):
        return True
    of = f"campaign_id = $1 AND {OWNERS[table]} = $2"
    sql = (
        f"DELETE FROM {table} WHERE {of} AND entrant_id IN (SELECT entrant_id FROM {table} "
        f"WHERE {of} ORDER BY entrant_id LIMIT {PART}) RETURNING 1 AS one"
    )
    if len(await tx.fetch(sql, *one)) == PART:
        return False
    await tx.fetch(f"DELETE FROM list_copies WHERE {_COPY}", one.campaign_id, table, one.id)
    return True
