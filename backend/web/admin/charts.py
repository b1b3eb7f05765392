"""The overview's charts: how much happened on each of the last days, in the campaign's zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backend.core.campaign import Campaign, day_at
from backend.store import series
from backend.store.database import Database
from backend.store.tallies import Counted

DAYS = 30
"""How many days the charts show; the last is today."""
HEIGHT = 64
"""The height of a chart's highest bar, in its own units; each day is 10 units wide."""
_SHOWN: tuple[tuple[Counted, str], ...] = (
    ("trackings", "Trackings"),
    ("completions", "Completed actions"),
    ("entrants", "New entrants"),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, such as `2026-03-29`, its count, and how high its bar is (0 to HEIGHT)."""

    day: str
    count: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's id and name, and its bars, oldest first."""

    id: str
    name: str
    bars: Sequence[Bar]

    @property
    def total(self) -> int:
        """How many there were on all its days."""
        return sum(bar.count for bar in self.bars)

    @property
    def highest(self) -> Bar:
        """The day with the most, the first of several."""
        return max(self.bars, key=lambda bar: bar.count)


async def charts(database: Database, campaign: Campaign, now: int) -> list[Chart]:
    """The charts at `now` (ms)."""
    last = date.fromisoformat(day_at(campaign.timezone, now))
    days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    made = []
    for counted, name in _SHOWN:
        found = await database.read(series.per_day(campaign, counted, days[0], last))
        counts: Counter[str] = Counter()
        for each in found:  # one for each action
            counts[each.day] += each.count
        made.append(Chart(counted, name, bars([day.isoformat() for day in days], counts)))
    return made


def bars(days: Sequence[str], counts: Counter[str]) -> list[Bar]:
    """A bar for each day; the highest fills the chart, and what is above 0 can be seen."""
    most = max(1, *(counts[day] for day in days))
    return [
        Bar(day, counts[day], max(2, counts[day] * HEIGHT // most) if counts[day] else 0)
        for day in days
    ]
