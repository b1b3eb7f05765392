"""Where a request comes no further: a page for people that says what happened and leads on, as the
owner's pages look or the campaign's."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trk.web.admin import message as owners
from trk.web.campaign import message as entrants
from trk.web.pages import PageLink


def is_for_people(request: Request) -> bool:
    """Does a browser ask for a page?"""
    asked = "text/html" in request.headers.get("accept", "")
    return asked and not request.scope["path"].startswith("/api/")


async def dead_end(
    request: Request,
    status_code: int,
    title: str,
    text: str,
    link: PageLink | None = None,
    *,
    away: bool = False,
) -> Response:
    """The page; see message() of either side."""
    path = request.scope["path"]
    owned = path == "/admin" or path.startswith("/admin/")
    message = owners.message if owned else entrants.message
    return await message(request, status_code, title, text, link, away=away)
