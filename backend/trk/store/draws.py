"""Draws: the prizes, the frozen list, and the winners, of which each is stored once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.draw import Prize, Tickets, Win
from trk.store import deliveries
from trk.store.campaigns import standing
from trk.store.program import Program, Row, Statement, as_rows, unpacked

_PAGE = 2_000


class Draw(NamedTuple):
    """A draw; its winners are stored once `concluded_at` (ms) is set, with digest and counts."""

    id: int
    seed: str
    made_at: int
    digest: str | None
    entrants: int | None
    entries: int | None
    concluded_at: int | None


class Winner(NamedTuple):
    """A win as it is stored; `taken_back_at` and `reason` if it was given to another since."""

    win: Win
    drawn_at: int
    taken_back_at: int | None
    reason: str | None


def add_prize(
    campaign: Campaign, title: str, description: str, winners: int
) -> Program[Row | None]:
    """Add a prize behind the others; None if the winners have been drawn."""
    [last] = yield Statement(
        "SELECT COALESCE(MAX(position), 0) AS position FROM prizes WHERE campaign_id = $1",
        (campaign.id,),
    )
    added = yield Statement(
        "INSERT INTO prizes (campaign_id, position, title, description, winners) "
        "SELECT CAST($1 AS BIGINT), CAST($2 AS INTEGER), CAST($3 AS TEXT), CAST($4 AS TEXT), "
        "CAST($5 AS INTEGER) WHERE NOT EXISTS (SELECT 1 FROM draws AS d WHERE d.campaign_id = $1) "
        "RETURNING id, title, description, winners",
        (campaign.id, last["position"] + 1, title, description, winners),
    )
    return added[0] if added else None


def remove_prize(campaign: Campaign, prize_id: int) -> Program[bool]:
    """Remove a prize; False if there is none, or nothing can be changed after the draw."""
    removed = yield Statement(
        "DELETE FROM prizes WHERE id = $1 AND campaign_id = $2 AND NOT EXISTS "
        "(SELECT 1 FROM draws AS d WHERE d.campaign_id = $2) RETURNING id",
        (prize_id, campaign.id),
    )
    return bool(removed)


def prizes(campaign: Campaign) -> Program[list[Row]]:
    """The campaign's prizes in order: id, title, description, winners."""
    return (
        yield Statement(
            "SELECT id, title, description, winners FROM prizes WHERE campaign_id = $1 "
            "ORDER BY position, id",
            (campaign.id,),
        )
    )


def prizes_of(rows: Sequence[Row]) -> list[Prize]:
    """`rows` as the rules take them."""
    return [Prize(row["id"], row["title"], row["winners"]) for row in rows]


def freeze(campaign: Campaign, seed: str, now: int) -> Program[Draw]:
    """Begin the campaign's draw: its list is what is valid at this instant, for ever.

    Raises Duplicate if the campaign has a draw: winners are redrawn, not the whole draw.
    """
    [row] = yield Statement(
        "INSERT INTO draws (campaign_id, seed, made_at) VALUES ($1, $2, $3) RETURNING id",
        (campaign.id, seed, now),
    )
    yield Statement(
        "INSERT INTO draw_entries (draw_id, entrant_id, entries) "
        "SELECT CAST($2 AS BIGINT), u.entrant_id, SUM(u.worth) FROM completions AS u "
        f"WHERE u.campaign_id = $1 AND u.invalidated_at IS NULL AND {standing('$1')} "
        "AND u.entrant_id NOT IN "
        "(SELECT e.id FROM entrants AS e WHERE e.campaign_id = $1 AND e.blocked_at IS NOT NULL) "
        "GROUP BY u.entrant_id HAVING SUM(u.worth) > 0 ORDER BY u.entrant_id",
        (campaign.id, row["id"]),
    )
    return Draw(row["id"], seed, now, None, None, None, None)


def entries(draw_id: int, after: int) -> Program[list[tuple[int, int]]]:
    """The next part of a draw's list: (entrant, entries) above `after`; empty at the end."""
    found = yield Statement(
        "SELECT packed[p.entrant_id, p.entries] AS packed FROM (SELECT entrant_id, entries "
        "FROM draw_entries WHERE draw_id = $1 AND entrant_id > $2 ORDER BY entrant_id LIMIT $3) "
        "AS p",
        (draw_id, after, _PAGE),
    )
    return sorted((entrant_id, count) for entrant_id, count in unpacked(found))


def tickets(draw_id: int) -> Program[Tickets]:
    """A draw's list, read a part at a time."""
    made, after = Tickets(), 0
    while part := (yield from entries(draw_id, after)):
        for entrant_id, count in part:
            made.add(entrant_id, count)
        after = part[-1][0]
    return made


def conclude(draw: Draw, made: Tickets, wins: Sequence[Win], now: int) -> Program[bool]:
    """Store the winners; False if that was done already (they are the same)."""
    concluded = yield Statement(
        "UPDATE draws SET digest = $2, entrants = $3, entries = $4, concluded_at = $5 "
        "WHERE id = $1 AND concluded_at IS NULL RETURNING id",
        (draw.id, made.digest, len(made), made.total, now),
    )
    if not concluded:
        return False
    yield from _add_wins(draw.id, wins, now)
    return True


def of(campaign: Campaign) -> Program[Draw | None]:
    """The campaign's draw, or None."""
    found = yield Statement(
        "SELECT id, seed, made_at, digest, entrants, entries, concluded_at FROM draws "
        "WHERE campaign_id = $1",
        (campaign.id,),
    )
    return Draw(**dict(found[0])) if found else None


def winners(draw_id: int) -> Program[list[Winner]]:
    """All wins of a draw in order, also those that were taken back."""
    rows = yield Statement(
        "SELECT n, prize_id, entrant_id, replaces, drawn_at, taken_back_at, reason "
        "FROM winners WHERE draw_id = $1 ORDER BY n",
        (draw_id,),
    )
    return [
        Winner(
            Win(row["n"], row["prize_id"], row["entrant_id"], row["replaces"]),
            row["drawn_at"],
            row["taken_back_at"],
            row["reason"],
        )
        for row in rows
    ]


def redraw(draw_id: int, win: Win, reason: str, now: int) -> Program[bool]:
    """Take the win back that `win` replaces, and store `win`; False if it was taken back before.

    Raises Duplicate if another redraw was made at the same time: nothing is stored then.
    """
    taken_back = yield Statement(
        "UPDATE winners SET taken_back_at = $3, reason = $4 "
        "WHERE draw_id = $1 AND n = $2 AND taken_back_at IS NULL RETURNING n",
        (draw_id, win.replaces, now, reason),
    )
    if not taken_back:
        return False
    yield from _add_wins(draw_id, [win], now)
    return True


def names(entrant_ids: Sequence[int]) -> Program[dict[int, Row]]:
    """Name and e-mail of these entrants, by id."""
    rows = yield Statement(
        "SELECT e.id, e.name, e.email FROM rows($1) AS r "
        "JOIN entrants AS e ON e.id = CAST(r.value ->> 0 AS BIGINT)",
        (as_rows([(entrant_id,) for entrant_id in entrant_ids]),),
    )
    return {row["id"]: row for row in rows}


def _add_wins(draw_id: int, wins: Sequence[Win], now: int) -> Program[None]:
    yield Statement(
        "INSERT INTO winners (draw_id, n, prize_id, entrant_id, replaces, drawn_at) "
        "SELECT CAST($2 AS BIGINT), CAST(r.value ->> 0 AS INTEGER), "
        "CAST(r.value ->> 1 AS BIGINT), CAST(r.value ->> 2 AS BIGINT), "
        "CAST(r.value ->> 3 AS INTEGER), CAST($3 AS BIGINT) FROM rows($1) AS r",
        (as_rows([(w.n, w.prize_id, w.entrant_id, w.replaces) for w in wins]), draw_id, now),
    )
    [draw] = yield Statement("SELECT campaign_id FROM draws WHERE id = $1", (draw_id,))
    news = [deliveries.News(draw["campaign_id"], win.n, win.entrant_id) for win in wins]
    yield from deliveries.announce("winner.drawn", news, now)
