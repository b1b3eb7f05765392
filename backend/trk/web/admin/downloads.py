"""The progress of a download: the page gives its download a name, and polls for it."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE
from trk.web.http.respond import JSON, error
from trk.web.server import server

_NAME = re.compile(r"[0-9a-z]{8,40}")


def name_in(request: Request) -> str | None:
    """The name that the page gave the download, if any."""
    name = request.query_params.get("download", "")
    return name if _NAME.fullmatch(name) else None


async def show_progress(request: Request) -> Response:
    """The progress of the owner's download with this name; 404 until it has begun."""
    state = request.state
    found = server(request).downloads.find(state.owner.id, request.path_params["name"])
    if found is None:
        return error(404, "not_found", "no download with this name has started")
    return JSON(found.progress(), headers={"cache-control": "no-store"})


TABLE = [Route("GET", f"{ONE}/downloads/{{name}}", show_progress)]
