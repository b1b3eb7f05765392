"""Unlocks: completions of actions, each stored exactly once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from backend.core.unlock import Unlocked
from backend.store.database import Program, Statement, as_rows


class NewCompletion(NamedTuple):
    """A completion to be stored; `details` is the value of the tracking that earned it."""

    campaign_id: int
    unlock: Unlocked
    worth: int
    details: str | None
    source: str
    tracking_id: int | None
    happened_at: int


def done(wanted: Collection[Unlocked]) -> Program[set[Unlocked]]:
    """Which of `wanted` are completed already."""
    if not wanted:
        return set()
    found = yield Statement(
        "SELECT u.entrant_id, u.action_id, u.day FROM rows($1) AS r JOIN completions AS u "
        "ON u.entrant_id = CAST(r.value ->> 0 AS BIGINT) "
        "AND u.action_id = CAST(r.value ->> 1 AS BIGINT) AND u.day = r.value ->> 2",
        (as_rows([list(unlock) for unlock in wanted]),),
    )
    return {(row["entrant_id"], row["action_id"], row["day"]) for row in found}


def add(completions: Iterable[NewCompletion], now: int) -> Program[None]:
    """Store `completions`; Duplicate, and nothing stored, if the unique key is against one."""
    rows = [
        [c.campaign_id, *c.unlock, c.worth, c.details, c.source, c.tracking_id, c.happened_at]
        for c in completions
    ]
    if not rows:
        return
    yield Statement(
        "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, details, "
        "source, tracking_id, happened_at, completed_at) "
        "SELECT CAST(r.value ->> 0 AS BIGINT), CAST(r.value ->> 1 AS BIGINT), "
        "CAST(r.value ->> 2 AS BIGINT), r.value ->> 3, CAST(r.value ->> 4 AS INTEGER), "
        "r.value ->> 5, r.value ->> 6, CAST(r.value ->> 7 AS BIGINT), "
        "CAST(r.value ->> 8 AS BIGINT), $2 FROM rows($1) AS r",
        (as_rows(rows), now),
    )
