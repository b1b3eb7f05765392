"""Lists as files for an owner, and the progress of such a download: the page gives it a name, and
polls for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.services.exports import person_cell
from trk.services.recounting import until_counted
from trk.store.pages import Listing, Page, Span, ends
from trk.store.program import Transaction
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE
from trk.web.http.download import download
from trk.web.http.respond import JSON, error
from trk.web.server import server

R = TypeVar("R")
_NAME = re.compile(r"[0-9a-z]{8,40}")
_SEPARATORS = {"semicolon": ";", "tab": "\t"}
"""What may stand between cells instead of a comma, by the parameter `separator`."""


async def list_file(
    request: Request,
    campaign: Campaign,
    listing: Listing[R],
    read: Callable[[Transaction, Campaign, Span], Coroutine[Any, Any, Page[R]]],
) -> Response:
    """The rows that `read` gives as a CSV file, oldest first, once all friends are counted."""
    app, name, watch = server(request), _name_in(request), None
    await until_counted(app.database, campaign)
    if name is not None:
        bounds = await app.database.read(ends, listing, campaign)
        watch = app.downloads.begin(request.state.owner.id, name, bounds)
    separator = _SEPARATORS.get(request.query_params.get("separator", ""), ",")
    return download(
        request, campaign, listing, read, watch=watch, separator=separator, make=person_cell
    )


def _name_in(request: Request) -> str | None:
    """The name that the page gave the download, if any."""
    name = request.query_params.get("download", "")
    return name if _NAME.fullmatch(name) else None


async def show_progress(request: Request) -> Response:
    """The progress of the owner's download with this name; 404 until it has begun."""
    state = request.state
    found = server(request).downloads.find(state.owner.id, request.path_params["name"])
    if found is None:
        return error(404, "not_found", "no download with this name has started")
    return JSON(found, headers={"cache-control": "no-store"})


TABLE = [Route("GET", f"{ONE}/downloads/{{name}}", show_progress)]
