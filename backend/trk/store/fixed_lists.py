"""Lists that are fixed when a campaign has ended, so that it can be seen what is changed later."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from trk.core.campaign import Campaign, over_since
from trk.core.draw import Tickets
from trk.core.proof import Changes
from trk.store import campaigns, counting, list_copies, lists, prizes
from trk.store.columns import insert_new
from trk.store.list_copies import Copy
from trk.store.lists import Doubtful
from trk.store.program import Transaction, every


class StoredList(NamedTuple):
    """A list, with what there was to win (JSON); its digest and its numbers are None until it has
    been read. Instants in ms."""

    id: int
    ended_at: int
    fixed_at: int
    opened_at: int | None
    prizes: str
    digest: str | None
    entrants: int | None
    entries: int | None
    taken_back: int | None
    unconfirmed: int | None


async def entries(
    tx: Transaction, campaign: Campaign, list_id: int, after: int
) -> list[tuple[int, int]]:
    """The next part of a list: (entrant, entries) above `after`; empty at the end."""
    return await lists.part(tx, campaign, "fixed_entries", list_id, after)


async def tickets(tx: Transaction, campaign: Campaign, list_id: int) -> Tickets:
    """A whole list."""
    return await lists.whole(tx, campaign, "fixed_entries", list_id)


async def entries_of(tx: Transaction, campaign: Campaign, list_id: int, entrant_id: int) -> int:
    """How many entries an entrant has in a list; 0 if they are not in it."""
    return await lists.entries_of(tx, campaign, "fixed_entries", list_id, entrant_id)


async def doubtful(tx: Transaction, campaign: Campaign, list_id: int) -> Doubtful:
    """What entrants should know of a list."""
    return await lists.doubtful(tx, campaign, "fixed_entries", list_id)


async def due(tx: Transaction, now: int) -> list[Campaign]:
    """The competitions that are over at `now` (ms) and whose list is not fixed yet, once all their
    friends are counted."""
    found = await tx.fetch(
        "SELECT c.key FROM campaigns AS c WHERE c.kind = 'competition' AND c.deleted_at IS NULL "
        "AND c.published_at IS NOT NULL "
        "AND (c.closed_at <= $1 OR c.ends_at <= $1) "
        "AND NOT EXISTS (SELECT 1 FROM draws AS d WHERE d.campaign_id = c.id) "
        "AND NOT EXISTS (SELECT 1 FROM fixed_lists AS l WHERE l.campaign_id = c.id "
        "AND l.opened_at IS NULL AND l.digest IS NOT NULL) "
        "AND NOT EXISTS (SELECT 1 FROM recounts AS n WHERE n.campaign_id = c.id) "
        "AND NOT EXISTS (SELECT 1 FROM readmissions AS r WHERE r.campaign_id = c.id) "
        "AND NOT EXISTS (SELECT 1 FROM settlements AS s WHERE s.campaign_id = c.id) "
        "ORDER BY c.id",
        now,
    )
    known = await campaigns.by_keys(tx, [row["key"] for row in found])
    return [each for each in known.values() if over_since(each, now) is not None]


async def open_since(tx: Transaction, campaign: Campaign, now: int) -> int | None:
    """Since when a campaign is over at `now` (ms) whose list is still to be fixed; None for every
    other."""
    fresh = await campaigns.by_key(tx, campaign.key)
    known = await of_campaign(tx, campaign)
    if fresh is None or (known and known[-1].opened_at is None):
        return None
    return over_since(fresh, now)


async def fix(tx: Transaction, campaign: Campaign, now: int, copy: Copy | None = None) -> None:
    """Fix the list of a campaign that is over at `now` (ms), unless that was done: what is valid at
    this instant, or was when it was copied.

    Of several that try at once, one does it; whoever reopens the campaign comes before or after.
    Raises Gone if it has been deleted, StillCounting while its friends are counted anew, and
    Outdated if it was changed since the list was copied.
    """
    await campaigns.hold(tx, campaign)
    ended_at = await open_since(tx, campaign, now)
    if ended_at is None:
        return
    await counting.check(tx, campaign)
    offered = msgspec.json.encode(await prizes.places(tx, campaign)).decode()
    n = len(await of_campaign(tx, campaign))
    if copy is None:
        row = {"campaign_id": campaign.id, "n": n, "ended_at": ended_at, "fixed_at": now}
        made = await insert_new(tx, "fixed_lists", **row, prizes=offered)
        if made is not None:
            await lists.copy_valid(tx, campaign, "fixed_entries", made)
        return
    counts = (await list_copies.state(tx, campaign)).what_counts
    if counts != copy.state.what_counts or ended_at > copy.at:  # perhaps open in between
        raise list_copies.Outdated(f"campaign {campaign.key} was changed meanwhile")
    row = {"n": n, "ended_at": ended_at}
    await list_copies.take(tx, campaign, "fixed_entries", copy, **row, prizes=offered)


async def publish(
    tx: Transaction, campaign: Campaign, list_id: int, made: Tickets, doubts: Doubtful
) -> None:
    """Store the digest of a list that was read, and its numbers, unless that was done."""
    sql = (
        "UPDATE fixed_lists SET digest = $3, entrants = $4, entries = $5, taken_back = $6, "
        "unconfirmed = $7 WHERE campaign_id = $1 AND id = $2 AND digest IS NULL"
    )
    await tx.fetch(sql, campaign.id, list_id, made.digest, len(made), made.total, *doubts)


async def of_campaign(tx: Transaction, campaign: Campaign) -> list[StoredList]:
    """All lists of a campaign that were fixed, in order; the last one counts, unless the campaign
    was opened again since."""
    return await every(
        tx,
        StoredList,
        f"SELECT {', '.join(StoredList._fields)} FROM fixed_lists WHERE campaign_id = $1 "
        "ORDER BY n",
        campaign.id,
    )


async def stands(tx: Transaction, campaign: Campaign, list_id: int) -> bool:
    """Is that the list that counts?"""
    known = await of_campaign(tx, campaign)
    return bool(known) and known[-1].id == list_id and known[-1].opened_at is None


async def open_again(tx: Transaction, campaign: Campaign, now: int) -> None:
    """Another list will be fixed, at the campaign's next end; nothing happens after its draw."""
    await tx.fetch(
        "UPDATE fixed_lists SET opened_at = $2 WHERE campaign_id = $1 AND opened_at IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM draws AS d WHERE d.campaign_id = $1)",
        campaign.id,
        now,
    )


async def changes_since(tx: Transaction, campaign: Campaign, after: int, until: int) -> Changes:
    """Why lists may differ that were made at `after` and `until` (ms): how many completions and
    entrants were corrected, erased, or came in late."""
    made = "made_at > $2 AND made_at <= $3"
    reasons = await tx.fetch(
        "SELECT kind, COUNT(*) AS n FROM corrections WHERE campaign_id = $1 "
        f"AND {made} AND kind IN ('invalidated', 'restored', 'blocked', 'unblocked') "
        "GROUP BY kind",
        *(campaign.id, after, until),
    )
    [others] = await tx.fetch(
        "SELECT (SELECT COUNT(*) FROM entrants WHERE campaign_id = $1 AND erased_at > $2 "
        "AND erased_at <= $3) AS erased, (SELECT COUNT(*) FROM completions WHERE campaign_id = $1 "
        "AND completed_at > $2 AND completed_at <= $3) AS late",
        *(campaign.id, after, until),
    )
    return Changes(**{row["kind"]: row["n"] for row in reasons}, **others)
