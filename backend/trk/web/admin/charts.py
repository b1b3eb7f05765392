"""The overview's charts: how much happened on each of the last days, in the campaign's zone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from trk.core.campaign import Action, Campaign, day_at
from trk.store import series
from trk.store.counters import Counted
from trk.store.database import Database

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


@dataclass(frozen=True, slots=True)
class OfAction:
    """What came of one action, or (None) of names that no action has: how many trackings, and the
    chart of what was completed."""

    action: Action | None
    trackings: int
    chart: Chart


@dataclass(frozen=True, slots=True)
class Lately:
    """The charts of the last days: of everything, and of each action, to one scale."""

    charts: Sequence[Chart]
    by_action: Sequence[OfAction]


async def lately(
    database: Database, campaign: Campaign, actions: Sequence[Action], now: int
) -> Lately:
    """The charts at `now` (ms), of these actions in this order."""
    last = date.fromisoformat(day_at(campaign.timezone, now))
    first = last - timedelta(days=DAYS - 1)
    days = [(first + timedelta(days=n)).isoformat() for n in range(DAYS)]
    counts: dict[Counted, dict[int | None, Counter[str]]] = {}
    made = []
    for counted, name in _SHOWN:
        of_action = counts[counted] = defaultdict(Counter)
        for each in await database.read(series.per_day, campaign, counted, first, last):
            of_action[each.action_id][each.day] += each.count
        every = sum(of_action.values(), Counter())
        made.append(Chart(counted, name, bars(days, every)))
    done, tracked = counts["completions"], counts["trackings"]
    most = max((count for each in done.values() for count in each.values()), default=0)
    by_action = [
        OfAction(
            action,
            tracked[action.id].total(),
            Chart(f"action-{action.id}", "Completed", bars(days, done[action.id], most)),
        )
        for action in actions
    ]
    if tracked[None]:
        unmatched = Chart("action-none", "Completed", bars(days, Counter()))
        by_action.append(OfAction(None, tracked[None].total(), unmatched))
    return Lately(made, by_action)


def bars(days: Sequence[str], counts: Counter[str], most: int = 0) -> list[Bar]:
    """A bar for each day. The highest fills the chart, or would if it were `most`; what is above 0
    can be seen."""
    most = max(1, most, *(counts[day] for day in days))
    return [
        Bar(day, counts[day], max(2, counts[day] * HEIGHT // most) if counts[day] else 0)
        for day in days
    ]
