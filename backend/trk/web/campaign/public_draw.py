"""`GET /{key}/draw`: the public record of a draw, from which anyone can repeat it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trk.services.draws import export
from trk.store import draws
from trk.web.campaign.lookup import NothingHere, campaign_of
from trk.web.server import server


async def show_draw(request: Request) -> Response:
    """Seed, winners, and the entrants' numbers and entries; no names, no e-mails.

    `trk draw verify` reads it.
    """
    campaign, database = await campaign_of(request), server(request).database
    made = await database.read(draws.of, campaign)
    if made is None or made.concluded_at is None:
        raise NothingHere
    headers = {"content-disposition": f'attachment; filename="draw-{campaign.key}.txt"'}
    return StreamingResponse(export(database, campaign, made), 200, headers, "text/plain")
