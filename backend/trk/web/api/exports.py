"""Exports, of the API and of the owner's pages: a list as CSV, streamed page by page.

For spreadsheets and programs. It begins with a byte order mark, without which spreadsheets take
UTF-8 for something else; programs read it as `utf-8-sig`. A cell that a spreadsheet would take for
a formula gets an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trk.core.campaign import Campaign
from trk.core.instant import milliseconds
from trk.store import completions, entrants, trackings
from trk.store.database import Database
from trk.store.pages import Listing, Page, Span, count, ids_between
from trk.store.program import Program
from trk.web.api.call import Within, campaign_of, query, shown_row
from trk.web.api.completions import CompletionsWanted
from trk.web.api.entrants import EntrantsWanted
from trk.web.api.operation import CSV, ONE, Operation
from trk.web.api.trackings import TrackingsWanted
from trk.web.server import server

R = TypeVar("R")
_PAGE = 1_000
EVERYTHING = Span(limit=_PAGE)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Watch(Protocol):
    """Is told how far an export has come."""

    def reached(self, rows: int, upto: int | None) -> None:
        """So many further rows are out: all up to this id, or up to the end (None)."""

    def ended(self) -> None:
        """No more comes, whether the end was reached or not."""


async def export_completions(request: Request) -> Response:
    """Export completions as CSV.

    Without a filter, the header X-Total-Count says how many rows there are in about that time."""
    asked = query(request, CompletionsWanted)
    return await _export(
        request,
        asked,
        completions.LISTING,
        completions.Completion,
        lambda campaign, span: completions.listed(campaign, span, asked.filter),
    )


async def export_entrants(request: Request) -> Response:
    """Export entrants as CSV.

    Without a filter, the header X-Total-Count says how many rows there are in about that time."""
    asked = query(request, EntrantsWanted)
    return await _export(
        request,
        asked,
        entrants.LISTING,
        entrants.ListedEntrant,
        lambda campaign, span: entrants.listed(
            campaign, span, blocked=asked.blocked, search=asked.search
        ),
    )


async def export_trackings(request: Request) -> Response:
    """Export the tracking log as CSV.

    Without a filter, the header X-Total-Count says how many rows there are in about that time."""
    asked = query(request, TrackingsWanted)
    return await _export(
        request,
        asked,
        trackings.LISTING,
        trackings.Tracking,
        lambda campaign, span: trackings.listed(campaign, span, asked.filter),
    )


async def _export(
    request: Request,
    asked: Within,
    listing: Listing,
    kind: type[R],
    read: Callable[[Campaign, Span], Program[Page[R]]],
) -> Response:
    campaign = await campaign_of(request)
    database: Database = server(request).database
    since, until = milliseconds(asked.since), milliseconds(asked.until)
    headers = {}
    if type(asked)(since=asked.since, until=asked.until) == asked:  # there is no filter
        ids = await database.read(ids_between(listing, campaign, since, until))
        headers["x-total-count"] = str(await database.read(count(listing, campaign, *ids)))
    span = Span(limit=_PAGE, since=since, until=until)
    return download(request, campaign, listing, kind, read, span, headers)


def download(
    request: Request,
    campaign: Campaign,
    listing: Listing,
    kind: type[R],
    read: Callable[[Campaign, Span], Program[Page[R]]],
    span: Span = EVERYTHING,
    headers: Mapping[str, str] | None = None,
    watch: Watch | None = None,
) -> Response:
    """A campaign's list as a file, a row for each that `read` gives of `span`."""
    media_type = f"{CSV}; charset=utf-8"
    headers = {
        "content-disposition": f'attachment; filename="{listing.table}-{campaign.key}.csv"',
        "cache-control": "no-store",
        **(headers or {}),
    }
    if request.method == "HEAD":  # whoever only asks how much there is reads nothing
        return Response(headers=headers, media_type=media_type)
    lines = _lines(server(request).database, campaign, span, kind, read, watch)
    return StreamingResponse(lines, media_type=media_type, headers=headers)


async def _lines(
    database: Database,
    campaign: Campaign,
    span: Span,
    kind: type[R],
    read: Callable[[Campaign, Span], Program[Page[R]]],
    watch: Watch | None,
) -> AsyncIterator[str]:
    columns = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    try:
        yield "\ufeff" + _csv([columns])
        while True:
            page = await database.read(read(campaign, span))
            if page.rows:
                rows = [[cell(value) for value in shown_row(row).values()] for row in page.rows]
                yield _csv(rows)
            if watch is not None:
                watch.reached(len(page.rows), page.next)
            if page.next is None:
                return
            span = Span(page.next, span.limit, since=span.since, until=span.until)
    finally:
        if watch is not None:
            watch.ended()


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
        asks=CompletionsWanted,
        gives=CSV,
    ),
    Operation(
        *("GET", f"{ONE}/entrants.csv", export_entrants, "personal"), asks=EntrantsWanted, gives=CSV
    ),
    Operation(
        *("GET", f"{ONE}/trackings.csv", export_trackings, "read"), asks=TrackingsWanted, gives=CSV
    ),
)
