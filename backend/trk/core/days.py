"""Calendar days in a time zone: which one an instant is of, and how long they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from trk.core.instant import local

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_at(timezone: str, instant: int) -> str:
    """The calendar day of `instant` (ms) in the zone `timezone`, such as `2026-03-29`."""
    return local(instant, ZoneInfo(timezone)).date().isoformat()


def day_ends_at(timezone: str, instant: int) -> int:
    """When the day of `instant` ends in that zone, both in ms: when a daily action opens again.

    A day has 23 or 25 hours where clocks are changed; the first instant of the next day counts,
    also where its midnight does not exist.
    """
    zone = ZoneInfo(timezone)
    tomorrow = local(instant, zone).date() + timedelta(days=1)
    return _midnight(tomorrow, zone)


def day_in(text: str) -> date | None:
    """The day that `text` is, such as `2026-12-24`; None if it is none, or has a time with it."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def whole_day(timezone: str, day: date) -> tuple[int, int]:
    """The first and the last instant (ms) of a day in that zone. Raises OverflowError at the ends
    of the calendar."""
    zone = ZoneInfo(timezone)
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone) - 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row that are equally long: from `starts_at` until before `ends_at`, each of
    `day_length` (all in ms)."""

    days: tuple[str, ...]
    starts_at: int
    ends_at: int

    @property
    def day_length(self) -> int:
        """How long each of its days is, in ms."""
        return (self.ends_at - self.starts_at) // len(self.days)


def stretches(timezone: str, first: date, last: date) -> list[Stretch]:
    """The days from `first` to `last` in that zone, in order; a day on which clocks are changed has
    another length, and so a stretch of its own. A day that a zone has left out is not among them.
    """
    zone = ZoneInfo(timezone)
    found: list[Stretch] = []
    day = first
    while day <= last:
        following = day + timedelta(days=1)
        start, end = _midnight(day, zone), _midnight(following, zone)
        before = found[-1] if found else None
        if before is not None and before.day_length == end - start:
            found[-1] = Stretch((*before.days, day.isoformat()), before.starts_at, end)
        elif start < end:
            found.append(Stretch((day.isoformat(),), start, end))
        day = following
    return found


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp()) * 1000
