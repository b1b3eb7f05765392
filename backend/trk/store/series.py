"""Counts per day for charts: trackings, completions and entrants, in the campaign's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trk.core.campaign import Campaign
from trk.core.days import stretches
from trk.store import counters
from trk.store.counters import Counted
from trk.store.program import Transaction


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many there were on a day, such as `2026-03-29`; of one action, where there is one."""

    day: str
    action_id: int | None
    count: int


async def per_day(
    tx: Transaction, campaign: Campaign, counted: Counted, first: date, last: date
) -> list[DayCount]:
    """What was stored on each day from `first` to `last`; days and actions without any are left
    out."""
    found: list[DayCount] = []
    for stretch in stretches(campaign.timezone, first, last):
        rows = await counters.days(
            tx, counted, campaign.id, stretch.starts_at, stretch.ends_at, stretch.day_length
        )
        found += [DayCount(stretch.days[row["n"]], row["action_id"], row["found"]) for row in rows]
    return found
