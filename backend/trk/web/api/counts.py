"""The API's counts per day, for charts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.days import day_at
from trk.core.instant import FIRST_YEAR, LAST_YEAR
from trk.store import series
from trk.store.counters import Counted
from trk.web.api.call import campaign_of, query, whole_list
from trk.web.api.operation import ONE, list_of
from trk.web.server import server

Days = Annotated[int, msgspec.Meta(ge=1, le=366, description="How many days, ending with `last`.")]


class DaysAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which days, in the campaign’s zone; `last` is today if absent."""

    of: Counted = "completions"
    last: date | None = None
    days: Days = 30


async def count_days(request: Request) -> Response:
    """Count what was stored per day, by action; days and actions without any are omitted."""
    asked = query(request, DaysAsked)
    campaign = await campaign_of(request)
    last = asked.last or date.fromisoformat(day_at(campaign.timezone, now_ms()))
    if not FIRST_YEAR <= last.year <= LAST_YEAR:
        return whole_list([])  # nothing was stored then, and time zones are undefined
    first = last - timedelta(days=asked.days - 1)
    return whole_list(
        await server(request).database.read(series.per_day, campaign, asked.of, first, last)
    )


OPERATIONS = (list_of(f"{ONE}/days", count_days, "read", series.DayCount, DaysAsked),)
