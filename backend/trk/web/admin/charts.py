"""The overview's charts: how much happened each day lately, in the campaign's time zone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from trk.core.campaign import Action, Campaign
from trk.core.days import day_at
from trk.store import series
from trk.store.counters import Counted
from trk.store.database import Database

DAYS = 30
"""How many days the charts show, up to today."""
HEIGHT = 64
"""The height of a chart's highest bar, in SVG units; each day is 10 units wide."""
_SHOWN: tuple[tuple[Counted, str], ...] = (
    ("trackings", "Trackings"),
    ("completions", "Completed actions"),
    ("entrants", "New entrants"),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A day such as `2026-03-29`, its count, and the height of its bar (0 to HEIGHT)."""

    day: str
    count: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's id, name and bars, oldest first."""

    id: str
    name: str
    bars: Sequence[Bar]

    @property
    def total(self) -> int:
        """The sum over all its days."""
        return sum(bar.count for bar in self.bars)

    @property
    def highest(self) -> Bar:
        """The day with the highest count; the first, if several tie."""
        return max(self.bars, key=lambda bar: bar.count)


@dataclass(frozen=True, slots=True)
class OfAction:
    """One action's number of trackings and chart of completions; `action` is None for tracked
    names that no action has."""

    action: Action | None
    trackings: int
    chart: Chart


@dataclass(frozen=True, slots=True)
class Lately:
    """The recent charts: one for everything, and one for each action, all to the same scale."""

    charts: Sequence[Chart]
    by_action: Sequence[OfAction]


async def lately(
    database: Database, campaign: Campaign, actions: Sequence[Action], now: int
) -> Lately:
    """The charts as of `now` (ms), with these actions in this order."""
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
    """A bar for each day. A count of `most`, or the highest if that is more, fills the chart; any
    count above 0 is visible."""
    most = max(1, most, *(counts[day] for day in days))
    return [
        Bar(day, counts[day], max(2, counts[day] * HEIGHT // most) if counts[day] else 0)
        for day in days
    ]
