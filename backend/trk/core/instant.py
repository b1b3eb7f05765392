"""An instant, as rows and answers name it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

Instant = Annotated[int, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""Milliseconds since 1970-01-01 UTC. The API shows it as RFC 3339, such as
`2026-11-23T18:00:00.000Z`."""


FIRST_YEAR, LAST_YEAR = 1971, 2499
"""Between which years an instant must be that somebody gives."""
_EDGES = (-62_135_510_400_000, 253_402_127_999_999)
"""The first and the last instant (ms) that is shown: clocks in every zone can show it, and the
next day. The calendar has no year before 1 or after 9999; older versions stored some beyond."""


def local(instant: int, zone: tzinfo = UTC) -> datetime:
    """What clocks in `zone` show at `instant` (ms)."""
    least, most = _EDGES
    return datetime.fromtimestamp(max(least, min(instant, most)) / 1000, zone)


def milliseconds(instant: datetime | None) -> int | None:
    """`instant` as milliseconds since 1970-01-01 UTC."""
    return None if instant is None else int(instant.timestamp() * 1000)


def readings(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which clocks in `zone` show `local` (which has no offset): none in the hour
    that they leave out in spring, two in the one that they repeat in autumn.

    Raises OverflowError at the ends of the calendar.
    """
    both = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return [
        each
        for each in dict.fromkeys(both)
        if each.astimezone(zone).replace(tzinfo=None, fold=0) == local
    ]


def moment(milliseconds: int | None) -> datetime | None:
    """`milliseconds` since 1970-01-01 UTC as an instant with its offset."""
    return None if milliseconds is None else local(milliseconds)


def iso(instant: int) -> str:
    """`instant` (ms) as RFC 3339 in UTC, such as `2026-11-23T18:00:00.000Z`."""
    return local(instant).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % 1000:03d}Z"
