"""Counts per day for charts: trackings, completions and entrants, in the campaign's zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from backend.core.campaign import Campaign, Stretch, stretches
from backend.store import completions, entrants, trackings
from backend.store.pages import Listing, ids_between
from backend.store.program import Program, Statement

Counted = Literal["trackings", "completions", "entrants"]

_LISTINGS: dict[Counted, Listing] = {
    "trackings": trackings.LISTING,
    "completions": completions.LISTING,
    "entrants": entrants.LISTING,
}


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many there were on a day, such as `2026-03-29`; of one action, where there is one."""

    day: str
    action_id: int | None
    count: int


def per_day(
    campaign: Campaign, counted: Counted, first: date, last: date
) -> Program[list[DayCount]]:
    """What was stored on each day from `first` to `last`; days and actions without any are left
    out. Only the rows of that time are read."""
    found: list[DayCount] = []
    days = stretches(campaign.timezone, first, last)
    if not days:
        return found
    listing = _LISTINGS[counted]
    ids = yield from ids_between(listing, campaign, days[0].starts_at, days[-1].ends_at)
    for stretch in days:
        found += yield from _counts(listing, campaign, ids, stretch)
    return found


def _counts(
    listing: Listing, campaign: Campaign, ids: tuple[int, int], stretch: Stretch
) -> Program[Sequence[DayCount]]:
    action = "CAST(NULL AS BIGINT)" if listing.table == "entrants" else "action_id"
    rows = yield Statement(
        f"SELECT d.n, d.action_id, COUNT(*) AS found FROM (SELECT {action} AS action_id, "
        f"({listing.time} - CAST($4 AS BIGINT)) / CAST($6 AS BIGINT) AS n FROM {listing.table} "
        f"WHERE campaign_id = $1 AND id >= $2 AND id < $3 AND {listing.time} >= $4 "
        f"AND {listing.time} < $5) AS d GROUP BY d.n, d.action_id ORDER BY d.n, d.action_id",
        (campaign.id, *ids, stretch.starts_at, stretch.ends_at, stretch.day_length),
    )
    return [DayCount(stretch.days[row["n"]], row["action_id"], row["found"]) for row in rows]
