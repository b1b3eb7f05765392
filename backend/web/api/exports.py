"""The API's exports: a list as CSV, streamed from its pages, for spreadsheets and programs.

It begins with a byte order mark, without which spreadsheets take UTF-8 for something else; programs
read it as `utf-8-sig`. A cell that a spreadsheet would take for a formula gets an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from backend.core.campaign import Campaign
from backend.core.drafts import milliseconds
from backend.store import completions, entrants, trackings
from backend.store.database import Database
from backend.store.pages import Listing, Page, Span, count, ids_between
from backend.store.program import Program
from backend.web.api.call import At, campaign_of, query, shown_row
from backend.web.api.operation import CSV, ONE, Operation

R = TypeVar("R")
_PAGE = 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class TimeAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The time of which to export: `from` until before `to`."""

    since: At | None = msgspec.field(default=None, name="from")
    until: At | None = msgspec.field(default=None, name="to")


async def export_completions(request: Request) -> Response:
    """Export completions as CSV; the header X-Total-Count says about how many rows will come."""
    return await _export(request, completions.LISTING, completions.Completion, completions.listed)


async def export_entrants(request: Request) -> Response:
    """Export entrants as CSV; the header X-Total-Count says about how many rows will come."""
    return await _export(request, entrants.LISTING, entrants.ListedEntrant, entrants.listed)


async def export_trackings(request: Request) -> Response:
    """Export the tracking log as CSV; X-Total-Count says about how many rows will come."""
    return await _export(request, trackings.LISTING, trackings.Tracking, trackings.listed)


async def _export(
    request: Request,
    listing: Listing,
    kind: type[R],
    read: Callable[[Campaign, Span], Program[Page[R]]],
) -> Response:
    asked = query(request, TimeAsked)
    campaign = await campaign_of(request)
    database: Database = request.app.state.database
    since, until = milliseconds(asked.since), milliseconds(asked.until)
    ids = await database.read(ids_between(listing, campaign, since, until))
    total = await database.read(count(listing, campaign, *ids))
    media_type = f"{CSV}; charset=utf-8"
    headers = {
        "content-disposition": f'attachment; filename="{listing.table}-{campaign.key}.csv"',
        "x-total-count": str(total),
        "cache-control": "no-store",
    }
    if request.method == "HEAD":  # whoever only asks how much there is reads nothing
        return Response(headers=headers, media_type=media_type)
    span = Span(limit=_PAGE, since=since, until=until)
    lines = _lines(database, campaign, span, kind, read)
    return StreamingResponse(lines, media_type=media_type, headers=headers)


async def _lines(
    database: Database,
    campaign: Campaign,
    span: Span,
    kind: type[R],
    read: Callable[[Campaign, Span], Program[Page[R]]],
) -> AsyncIterator[str]:
    columns = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    yield "\ufeff" + _csv([columns])
    while True:
        page = await database.read(read(campaign, span))
        yield _csv([[cell(value) for value in shown_row(row).values()] for row in page.rows])
        if page.next is None:
            return
        span = Span(page.next, span.limit, since=span.since, until=span.until)


def cell(value: Any) -> str:
    """A value as it stands in a cell. What visitors sent must not become a formula there."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _csv(rows: Sequence[Sequence[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


OPERATIONS = (
    Operation(
        *("GET", f"{ONE}/completions.csv", export_completions, "personal"),
        asks=TimeAsked,
        gives=CSV,
    ),
    Operation(
        *("GET", f"{ONE}/entrants.csv", export_entrants, "personal"), asks=TimeAsked, gives=CSV
    ),
    Operation(
        *("GET", f"{ONE}/trackings.csv", export_trackings, "read"), asks=TimeAsked, gives=CSV
    ),
)
