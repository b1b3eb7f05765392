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

SPANS = (7, 30, 90)
"""How many days the charts can show, up to today."""
USUAL = 30
HEIGHT = 64
"""The height of a chart that is full, in SVG units; each day is 10 units wide."""
BASE = HEIGHT + 1
"""Where bars stand: above them there is room for the line at the top of the axis."""
_SHOWN: tuple[tuple[Counted, str], ...] = (
    ("trackings", "Trackings"),
    ("completions", "Completed actions"),
    ("entrants", "New entrants"),
)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Bar:
    """A day such as `2026-03-29`, its count, and the height of its bar (0 to HEIGHT)."""

    day: str
    count: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's id and name, its bars, oldest first, the count at the top of its axis, and the days
    that are named below: the first, the middle and the last."""

    id: str
    name: str
    bars: Sequence[Bar]
    top: int
    marks: Sequence[str]

    @property
    def total(self) -> int:
        """The sum over all its days."""
        return sum(bar.count for bar in self.bars)

    @property
    def highest(self) -> Bar:
        """The day with the highest count; the first, if several tie."""
        return max(self.bars, key=lambda bar: bar.count)

    @property
    def half(self) -> int | None:
        """The count halfway up the axis, if it is a whole one."""
        return None if self.top % 2 else self.top // 2

    @property
    def path(self) -> str:
        """All its bars as one SVG path: a hundred charts of 90 days are not too much for a page."""
        return "".join(
            f"M{number * 10 + 1} {BASE}v-{bar.height}h8v{bar.height}z"
            for number, bar in enumerate(self.bars)
            if bar.height
        )


@dataclass(frozen=True, slots=True)
class OfAction:
    """One action's number of trackings and chart of completions; `action` is None for tracked
    names that no action has."""

    action: Action | None
    trackings: int
    chart: Chart


@dataclass(frozen=True, slots=True)
class Lately:
    """The charts of the last `days`: of everything, and of each action."""

    days: int
    charts: Sequence[Chart]
    by_action: Sequence[OfAction]


async def lately(
    database: Database, campaign: Campaign, actions: Sequence[Action], span: int, now: int
) -> Lately:
    """The charts of `span` days as of `now` (ms), with these actions in this order."""
    last = date.fromisoformat(day_at(campaign.timezone, now))
    days = [last - timedelta(days=number) for number in reversed(range(span))]
    counts: dict[Counted, dict[int | None, Counter[str]]] = {}
    made = []
    for counted, name in _SHOWN:
        of_action = counts[counted] = defaultdict(Counter)
        for each in await database.read(series.per_day, campaign, counted, days[0], last):
            of_action[each.action_id][each.day] += each.count
        made.append(chart(counted, name, days, sum(of_action.values(), Counter())))
    done, tracked = counts["completions"], counts["trackings"]
    by_action = [
        OfAction(
            action,
            tracked[action.id].total(),
            chart(f"action-{action.id}", "Completed", days, done[action.id]),
        )
        for action in actions
    ]
    if tracked[None]:
        unmatched = chart("action-none", "Completed", days, Counter())
        by_action.append(OfAction(None, tracked[None].total(), unmatched))
    return Lately(span, made, by_action)


def chart(ident: str, name: str, days: Sequence[date], counts: Counter[str]) -> Chart:
    """A chart with a bar for each of `days`; any count above 0 is visible."""
    top = _round(max(counts.values(), default=0))
    bars = [
        Bar(day, counts[day], max(2, counts[day] * HEIGHT // top) if counts[day] else 0)
        for day in map(date.isoformat, days)
    ]
    marked = (days[0], days[(len(days) - 1) // 2], days[-1])
    return Chart(ident, name, bars, top, [f"{day.day} {_MONTHS[day.month - 1]}" for day in marked])


def _round(most: int) -> int:
    """The next round number, of which the half is one, too."""
    power = int(10 ** (len(str(most)) - 1))
    if most <= 1:
        return 1
    return next(digit * power for digit in (1, 2, 4, 6, 8, 10) if digit * power >= most)
