"""The end of an action: its completions go, its trackings meet no action, a part at a time.

`mark` deletes it for everybody at once; `part` then goes through the campaign's completions and
trackings, from a place to the next one. Whoever begins anew, after a crash, finds less to do.
"""

from __future__ import annotations

from typing import NamedTuple

from backend.core.campaign import Action
from backend.store import tallies
from backend.store.changes import PART, nobody_else
from backend.store.program import Program, Statement, as_rows


class Place(NamedTuple):
    """How far it has come: in which stage, and behind which id."""

    stage: int = 0
    after: int = 0


BEGINNING = Place()
_LOOSE = ("xrefs", "unique_values")
_COMPLETIONS, _TRACKINGS = 1, 2


class Doomed(NamedTuple):
    """A deleted action that is not erased to the end."""

    campaign_id: int
    action_id: int


def mark(action: Action, now: int) -> Program[Doomed]:
    """Delete an action: from then on nobody completes it, and its tracking name is free."""
    yield from nobody_else(action.campaign_id)
    # No tracking name has a line feed.
    yield Statement(
        "UPDATE actions SET name_folded = $2, deleted_at = CAST($3 AS BIGINT) WHERE id = $1 "
        "AND deleted_at IS NULL",
        (action.id, f"\n{action.id}", now),
    )
    return Doomed(action.campaign_id, action.id)


def doomed() -> Program[list[Doomed]]:
    """The deleted actions that are not erased to the end."""
    rows = yield Statement(
        "SELECT campaign_id, id AS action_id FROM actions WHERE deleted_at IS NOT NULL ORDER BY id"
    )
    return [Doomed(**dict(row)) for row in rows]


def part(one: Doomed, place: Place, size: int = PART) -> Program[Place | None]:
    """Erase some rows from `place` on; where to go on, or None once the action is gone."""
    yield from nobody_else(one.campaign_id)
    yield from tallies.hold()
    if place.stage == _COMPLETIONS:
        return (yield from _completions(one, place, size))
    if place.stage == _TRACKINGS:
        return (yield from _trackings(one, place, size))
    for table in _LOOSE:
        key = "id" if table == "xrefs" else "action_id, value_hash"
        gone = yield Statement(
            f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} "
            "WHERE action_id = $1 LIMIT $2) RETURNING 1 AS one",
            (one.action_id, size),
        )
        if gone:
            return place
    if place.stage == 0:
        return Place(_COMPLETIONS)
    # At the end once more: what was under way may have left some of these.
    yield from tallies.drop_action(*one)
    yield Statement(
        "DELETE FROM actions WHERE campaign_id = $1 AND id = $2 AND deleted_at IS NOT NULL", one
    )
    return None


def _completions(one: Doomed, place: Place, size: int) -> Program[Place]:
    end, more = yield from _end("completions", one, place, size)
    gone = yield Statement(
        "DELETE FROM completions WHERE campaign_id = $1 AND action_id = $2 AND id > $3 "
        f"AND id <= $4 RETURNING {tallies.returned('completions')}",
        (*one, place.after, end),
    )
    yield Statement(
        "DELETE FROM corrections WHERE campaign_id = $1 AND completion_id IN "
        "(SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($2) AS r)",
        (one.campaign_id, as_rows([(row["id"],) for row in gone])),
    )
    yield from tallies.take_out("completions", gone)
    return Place(_COMPLETIONS, end) if more else Place(_TRACKINGS)


def _trackings(one: Doomed, place: Place, size: int) -> Program[Place]:
    end, more = yield from _end("trackings", one, place, size)
    yield Statement(
        "UPDATE trackings SET action_id = NULL, settled = CASE WHEN outcome = 'waiting' "
        "AND settled IS NULL THEN 'unmatched' ELSE settled END WHERE campaign_id = $1 "
        "AND action_id = $2 AND id > $3 AND id <= $4",
        (*one, place.after, end),
    )
    return Place(_TRACKINGS, end) if more else Place(_TRACKINGS + 1)


def _end(table: str, one: Doomed, place: Place, size: int) -> Program[tuple[int, bool]]:
    """The id at which a part of the campaign's rows ends, and whether there may be more."""
    [row] = yield Statement(
        f"SELECT COALESCE(MAX(w.id), 0) AS id, COUNT(*) AS found FROM (SELECT id FROM {table} "
        "WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS w",
        (one.campaign_id, place.after, size),
    )
    return row["id"], row["found"] == size
