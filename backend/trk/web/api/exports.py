"""The API's exports: completions, entrants and the tracking log as CSV."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.instant import milliseconds
from trk.services.exports import PAGE
from trk.services.recounting import until_counted
from trk.store import completions, entrants, trackings
from trk.store.pages import Listing, Page, Span, count, ids_between
from trk.store.program import Transaction
from trk.web.api.call import Within, campaign_of, query
from trk.web.api.completions import CompletionsWanted
from trk.web.api.entrants import EntrantsWanted
from trk.web.api.operation import CSV, ONE, Operation
from trk.web.api.trackings import TrackingsWanted
from trk.web.http.download import download
from trk.web.server import server

P = ParamSpec("P")
R = TypeVar("R")


async def export_completions(request: Request) -> Response:
    """Export completions as CSV.

    Without a filter, the header X-Total-Count says roughly how many rows there are."""
    asked = query(request, CompletionsWanted)
    which = asked.filter(completions.CompletionFilter)
    return await _export(request, asked, completions.LISTING, completions.listed, which)


async def export_entrants(request: Request) -> Response:
    """Export entrants as CSV.

    Without a filter, the header X-Total-Count says roughly how many rows there are."""
    asked = query(request, EntrantsWanted)
    return await _export(
        request,
        asked,
        entrants.LISTING,
        entrants.listed,
        asked.which,
    )


async def export_trackings(request: Request) -> Response:
    """Export the tracking log as CSV.

    Without a filter, the header X-Total-Count says roughly how many rows there are."""
    asked = query(request, TrackingsWanted)
    which = asked.filter(trackings.TrackingFilter)
    return await _export(request, asked, trackings.LISTING, trackings.listed, which)


async def _export(
    request: Request,
    asked: Within,
    listing: Listing[R],
    program: Callable[Concatenate[Transaction, Campaign, Span, P], Coroutine[Any, Any, Page[R]]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """The list that `program` reads, as CSV, once all friends are counted."""
    campaign = await campaign_of(request)
    database = server(request).database
    await until_counted(database, campaign)
    since, until = milliseconds(asked.since), milliseconds(asked.until)
    headers = {}
    if type(asked)(since=asked.since, until=asked.until) == asked:  # no filter is set
        ids = await database.read(ids_between, listing, campaign, since, until)
        headers["x-total-count"] = str(await database.read(count, listing, campaign, *ids))
    span = Span(limit=PAGE, since=since, until=until)

    def read(tx: Transaction, of: Campaign, part: Span) -> Coroutine[Any, Any, Page[R]]:
        return program(tx, of, part, *args, **kwargs)

    return download(request, campaign, listing, read, span, headers)


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
