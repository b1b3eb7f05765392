"""The API's scripts: the tracking script pinned to an immutable URL, with its hash."""

from __future__ import annotations

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from trk.core.mistakes import DraftError
from trk.services.scripts import Pinned, pin
from trk.web.api.call import APIError, campaign_of
from trk.web.api.operation import ONE, Operation
from trk.web.http.respond import JSON
from trk.web.server import server


async def pin_script(request: Request) -> Response:
    """Pin the campaign’s script as it is now, with its address, integrity and tag.

    Pinning the same script again gives the same address."""
    campaign = await campaign_of(request)
    app = server(request)
    try:
        pinned = await pin(app.database, campaign, app.settings)
    except DraftError as mistake:
        raise APIError(409, "draft", str(mistake)) from None
    return JSON(asdict(pinned), 201)


OPERATIONS = (
    Operation(
        *("POST", f"{ONE}/scripts", pin_script, "write"),
        status=201,
        gives=Pinned,
        refuses={"draft": (409, "the campaign is not published yet")},
    ),
)
