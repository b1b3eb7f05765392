"""Files that are streamed as they are read from the database, lists as CSV among them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trk.core.campaign import Campaign
from trk.services.downloads import Download
from trk.services.exports import PAGE, csv_lines
from trk.store.pages import Listing, Page, Span
from trk.store.program import Transaction
from trk.web.server import server

R = TypeVar("R")
EVERYTHING = Span(limit=PAGE)


def download(
    request: Request,
    campaign: Campaign,
    listing: Listing[R],
    read: Callable[[Transaction, Campaign, Span], Coroutine[Any, Any, Page[R]]],
    span: Span = EVERYTHING,
    headers: Mapping[str, str] | None = None,
    watch: Download | None = None,
    separator: str = ",",
    make: Callable[[Any], str] | None = None,
) -> Response:
    """A campaign's list as a CSV file: the rows that `read` returns for `span`, their cells made by
    `make` if it is given."""
    database = server(request).database
    lines = csv_lines(database, campaign, span, listing, read, watch, separator, make)
    return csv_file(request, lines, f"{listing.table}-{campaign.key}.csv", headers)


async def begun(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same parts, of which there is at least one, and that one has been read: what fails until
    then can still be answered with an error."""
    first = await anext(parts)

    async def from_first() -> AsyncIterator[bytes]:
        yield first
        async for part in parts:
            yield part

    return from_first()


def csv_file(
    request: Request,
    lines: AsyncIterator[str],
    name: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The lines of a CSV file, for a browser that saves it under this name."""
    media_type = "text/csv; charset=utf-8"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        **(headers or {}),
    }
    if request.method == "HEAD":  # no need to read the rows
        return Response(headers=headers, media_type=media_type)
    return StreamingResponse(lines, media_type=media_type, headers=headers)
