"""Draws: the frozen list, and the winners, each of whom is stored once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from trk.core.campaign import Campaign
from trk.core.draw import Tickets, Win
from trk.core.proof import Changes
from trk.store import deliveries, list_copies, lists
from trk.store.actions import standing
from trk.store.columns import insert, insert_row
from trk.store.errors import Gone
from trk.store.list_copies import Copy
from trk.store.lists import Doubtful
from trk.store.program import Row, Transaction, as_list, as_rows, every, first, number


class Draw(NamedTuple):
    """A draw; its winners are stored once `concluded_at` (ms) is set, with digest and counts, and
    everybody sees them once `announced_at` is.

    `unconfirmed` is how many had entries and are not in its list, since they had not confirmed
    their e-mail; None for a draw of an older version.
    """

    id: int
    seed: str
    made_at: int
    digest: str | None
    entrants: int | None
    entries: int | None
    concluded_at: int | None
    unconfirmed: int | None
    announced_at: int | None = None


class Winner(NamedTuple):
    """A win as it is stored; `taken_back_at` and `reason` if it was given to another since.

    `told_at` is when the mail to the winner was written, `answer_by` until when they can accept,
    `accepted_at` when they did (ms).
    """

    win: Win
    drawn_at: int
    taken_back_at: int | None
    reason: str | None
    told_at: int | None = None
    answer_by: int | None = None
    accepted_at: int | None = None


class Ingredients(NamedTuple):
    """What a seed is made of besides the secret: the list that was fixed (its id), a public value
    and drand's signature of it, both empty without."""

    list_id: int
    value: str = ""
    signature: str = ""


class StoredProof(NamedTuple):
    """The same of a draw, and once it is concluded, how its list has changed (JSON)."""

    list_id: int
    value: str
    signature: str
    taken_back: int | None
    unconfirmed: int | None
    changes: str | None


async def freeze(
    tx: Transaction, campaign: Campaign, seed: str, now: int, copy: Copy | None = None
) -> Draw:
    """Begin the campaign's draw at `now` (ms): its list is what is valid at this instant, and never
    changes; or what was copied for it, valid at the instant of that.

    Raises Duplicate if the campaign has a draw: winners are redrawn, not the whole draw.
    """
    if copy is not None:
        left_out = copy.unconfirmed
        await list_copies.take(tx, campaign, "draw_entries", copy, seed=seed, unconfirmed=left_out)
        return Draw(copy.id, seed, copy.at, None, None, None, None, left_out)
    draw_id = await insert_row(tx, "draws", campaign_id=campaign.id, seed=seed, made_at=now)
    await lists.copy_valid(tx, campaign, "draw_entries", draw_id)
    waiting = await _left_out(tx, campaign, draw_id, now)
    sql = "UPDATE draws SET unconfirmed = $3 WHERE campaign_id = $1 AND id = $2"
    await tx.fetch(sql, campaign.id, draw_id, waiting)
    return Draw(draw_id, seed, now, None, None, None, None, waiting)


async def _left_out(tx: Transaction, campaign: Campaign, draw_id: int, now: int) -> int:
    """How many have entries and are not in the list that was just frozen, since their e-mail was
    not confirmed then; some may have confirmed it at this very moment."""
    return await number(
        tx,
        "SELECT COUNT(*) AS n FROM campaigns AS k JOIN entrants AS e ON e.campaign_id = k.id "
        "WHERE k.id = $1 AND k.confirmed_only = 1 AND e.blocked_at IS NULL "
        "AND (e.confirmed_at IS NULL OR e.confirmed_at >= $3) AND e.id NOT IN "
        "(SELECT d.entrant_id FROM draw_entries AS d WHERE d.campaign_id = $1 AND d.draw_id = $2) "
        "AND EXISTS (SELECT 1 FROM completions AS u WHERE plain(u.campaign_id) = $1 "
        "AND u.entrant_id = e.id "
        f"AND u.invalidated_at IS NULL AND u.worth > 0 AND {standing('$1')})",
        campaign.id,
        draw_id,
        now,
    )


async def prove(tx: Transaction, campaign: Campaign, draw: Draw, made_of: Ingredients) -> None:
    """Note what the seed of a draw that has just begun was made of."""
    of_draw = {"campaign_id": campaign.id, "draw_id": draw.id}
    await insert(tx, "draw_proofs", **of_draw, **made_of._asdict())


async def entries(
    tx: Transaction, campaign: Campaign, draw_id: int, after: int
) -> list[tuple[int, int]]:
    """The next part of a draw's list: (entrant, entries) above `after`; empty at the end."""
    return await lists.part(tx, campaign, "draw_entries", draw_id, after)


async def tickets(tx: Transaction, campaign: Campaign, draw_id: int) -> Tickets:
    """A draw's whole list."""
    return await lists.whole(tx, campaign, "draw_entries", draw_id)


async def entries_of(tx: Transaction, campaign: Campaign, draw_id: int, entrant_id: int) -> int:
    """How many entries an entrant has in a draw's list; 0 if they are not in it."""
    return await lists.entries_of(tx, campaign, "draw_entries", draw_id, entrant_id)


async def doubtful(tx: Transaction, campaign: Campaign, draw_id: int) -> Doubtful:
    """What entrants should know of a draw's list."""
    return await lists.doubtful(tx, campaign, "draw_entries", draw_id)


async def conclude(
    tx: Transaction,
    campaign: Campaign,
    draw: Draw,
    made: Tickets,
    wins: Sequence[Win],
    doubts: Doubtful,
    changes: Changes,
    now: int,
) -> bool:
    """Store the winners, and how the list has changed; False if that was done already (they are the
    same)."""
    sql = (
        "UPDATE draws SET digest = $3, entrants = $4, entries = $5, concluded_at = $6 "
        "WHERE campaign_id = $1 AND id = $2 AND concluded_at IS NULL RETURNING id"
    )
    concluded = await tx.fetch(sql, campaign.id, draw.id, made.digest, len(made), made.total, now)
    if not concluded:
        return False
    sql = (
        "UPDATE draw_proofs SET taken_back = $3, unconfirmed = $4, changes = $5 "
        "WHERE campaign_id = $1 AND draw_id = $2"
    )
    await tx.fetch(sql, campaign.id, draw.id, *doubts, msgspec.json.encode(changes).decode())
    await _add_wins(tx, campaign, draw.id, wins, now, {})
    return True


async def proof_of(tx: Transaction, campaign: Campaign, draw_id: int) -> StoredProof | None:
    """What the draw's seed was made of; None if it is older than that."""
    sql = (
        f"SELECT {', '.join(StoredProof._fields)} FROM draw_proofs "
        "WHERE campaign_id = $1 AND draw_id = $2"
    )
    return await first(tx, StoredProof, sql, campaign.id, draw_id)


async def of(tx: Transaction, campaign: Campaign) -> Draw | None:
    """The campaign's draw, or None."""
    sql = f"SELECT {', '.join(Draw._fields)} FROM draws WHERE campaign_id = $1"
    return await first(tx, Draw, sql, campaign.id)


async def winners(tx: Transaction, campaign: Campaign, draw_id: int) -> list[Winner]:
    """All wins of a draw in order, also those that were taken back."""
    return await every(
        tx,
        _winner,
        "SELECT n, prize_id, entrant_id, replaces, drawn_at, taken_back_at, reason, told_at, "
        "answer_by, accepted_at FROM winners WHERE campaign_id = $1 AND draw_id = $2 ORDER BY n",
        *(campaign.id, draw_id),
    )


def _winner(n: int, prize_id: int, entrant_id: int, replaces: int | None, **rest: Any) -> Winner:
    return Winner(Win(n, prize_id, entrant_id, replaces), **rest)


async def hold(tx: Transaction, campaign: Campaign, draw_id: int) -> None:
    """Let nobody else replace, write to or announce its winners until this transaction ends.

    Raises Gone if it has been deleted with its campaign.
    """
    sql = "SELECT id FROM draws WHERE campaign_id = $1 AND id = $2 FOR UPDATE"
    if not await tx.fetch(sql, campaign.id, draw_id):
        raise Gone(f"draw {draw_id} has been deleted")


async def out(tx: Transaction, campaign: Campaign, draw_id: int) -> dict[int, str]:
    """Who is in a draw's list and does not take part any more: each with the reason."""
    rows = await tx.fetch(
        "SELECT e.id, e.erased_at IS NOT NULL AS erased FROM draw_entries AS d "
        "JOIN entrants AS e ON e.campaign_id = $1 AND e.id = d.entrant_id "
        "WHERE d.campaign_id = $1 AND d.draw_id = $2 "
        "AND (e.blocked_at IS NOT NULL OR e.erased_at IS NOT NULL)",
        *(campaign.id, draw_id),
    )
    return {row["id"]: "erased" if row["erased"] else "blocked" for row in rows}


async def redraw(
    tx: Transaction,
    campaign: Campaign,
    draw_id: int,
    wins: Sequence[Win],
    out: Mapping[int, str],
    reason: str,
    now: int,
) -> bool:
    """Take the win back that the first of `wins` replaces, and store them, those of entrants who
    are `out` (each with the reason) as taken back; False if it was taken back before. The draw is
    held.

    Raises Duplicate if another redraw was made at the same time: nothing is stored then.
    """
    sql = (
        "UPDATE winners SET taken_back_at = $4, reason = $5 "
        "WHERE campaign_id = $1 AND draw_id = $2 AND n = $3 AND taken_back_at IS NULL RETURNING n"
    )
    taken_back = await tx.fetch(sql, campaign.id, draw_id, wins[0].replaces, now, reason)
    if not taken_back:
        return False
    await _add_wins(tx, campaign, draw_id, wins, now, out)
    return True


async def names(
    tx: Transaction, campaign: Campaign, entrant_ids: Sequence[int], *, hold: bool = False
) -> dict[int, Row]:
    """Name, e-mail and language of these entrants of a campaign, by id, and their state: active,
    blocked or erased. With `hold`, that stays so until this transaction ends."""
    rows = await tx.fetch(
        "SELECT e.id, e.name, e.email, e.language, CASE WHEN e.erased_at IS NOT NULL THEN 'erased' "
        "WHEN e.blocked_at IS NOT NULL THEN 'blocked' ELSE 'active' END AS state "
        "FROM entrants AS e WHERE e.campaign_id = $1 AND e.id IN ids($2) "
        "ORDER BY e.id" + (" FOR NO KEY UPDATE" if hold else ""),
        campaign.id,
        as_list(entrant_ids),
    )
    return {row["id"]: row for row in rows}


async def _add_wins(
    tx: Transaction,
    campaign: Campaign,
    draw_id: int,
    wins: Sequence[Win],
    now: int,
    out: Mapping[int, str],
) -> None:
    await tx.fetch(
        "INSERT INTO winners (campaign_id, draw_id, n, prize_id, entrant_id, replaces, drawn_at, "
        "reason, taken_back_at) SELECT CAST($4 AS BIGINT), CAST($2 AS BIGINT), "
        "CAST(r.value ->> 0 AS INTEGER), CAST(r.value ->> 1 AS BIGINT), "
        "CAST(r.value ->> 2 AS BIGINT), CAST(r.value ->> 3 AS INTEGER), CAST($3 AS BIGINT), "
        "r.value ->> 4, CASE WHEN r.value ->> 4 IS NULL THEN NULL ELSE CAST($3 AS BIGINT) END "
        "FROM rows($1) AS r",
        as_rows([(w.n, w.prize_id, w.entrant_id, w.replaces, out.get(w.entrant_id)) for w in wins]),
        draw_id,
        now,
        campaign.id,
    )
    standing = [win for win in wins if win.entrant_id not in out]
    news = [deliveries.News(win.n, win.entrant_id) for win in standing]
    await deliveries.announce(tx, campaign, "winner.drawn", news, now)
