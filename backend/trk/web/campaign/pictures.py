"""`/{key}/picture/{hash}-{width}.webp`: a picture of a campaign, at an address that never changes
what it serves."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from trk.store import pictures
from trk.web.campaign.lookup import NothingHere
from trk.web.server import server

_FILE = re.compile(r"([0-9a-f]{24})-([1-9][0-9]{0,3})\.webp")


async def serve_picture(request: Request) -> Response:
    """A picture in one size, to be kept for ever."""
    named = _FILE.fullmatch(request.path_params["file"])
    content = None
    if named is not None:
        content = await server(request).database.read_public(
            pictures.content, request.path_params["key"], named[1], int(named[2])
        )
    if content is None:
        raise NothingHere
    kept = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(content, headers=kept, media_type="image/webp")
