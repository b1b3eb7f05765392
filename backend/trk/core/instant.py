"""An instant, as rows and answers name it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

Instant = Annotated[int, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""Milliseconds since 1970-01-01 UTC. The API shows it as RFC 3339, such as
`2026-11-23T18:00:00.000Z`."""


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
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def iso(instant: int) -> str:
    """`instant` (ms) as RFC 3339 in UTC, such as `2026-11-23T18:00:00.000Z`."""
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{instant % 1000:03d}Z"
    )
