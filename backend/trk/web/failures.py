"""What a request is answered whose handler raised something."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trk.core.phrase import phrase
from trk.core.rejection import shown
from trk.services.passwords import Crowded
from trk.services.pictures import PicturesCrowded
from trk.store.errors import DatabaseError, Gone, Unstorable
from trk.web.campaign import preview
from trk.web.campaign.lookup import NothingHere, OnlyAPreview, hear
from trk.web.campaign.view import not_found
from trk.web.http.access import template
from trk.web.http.respond import NOSNIFF, error
from trk.web.language import heard
from trk.web.pages import message

log = logging.getLogger(__name__)


_SENT_IN_VAIN = phrase(
    "This could not be stored: the database can’t be reached. Please wait a few seconds, then go "
    "back and send it again; what you typed is still there."
)


_ASKED_IN_VAIN = phrase(
    "The database can’t be reached. Please wait a few seconds, then load this page again."
)


async def _http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    said = f"{request.method} {shown(request.url.path)}: {problem.detail}."
    if _is_for_people(request):
        say = (await hear(request)).gettext
        page = message(request, problem.status_code, say("Something went wrong"), said)
        page.headers.update(problem.headers or {})
        return page
    codes = {404: "not_found", 405: "wrong_method", 408: "slow_body", 413: "too_large"}
    code = codes.get(problem.status_code, "http_error")
    return error(problem.status_code, code, said, problem.headers)


def _is_for_people(request: Request) -> bool:
    """Does a browser ask for a page?"""
    asked = "text/html" in request.headers.get("accept", "")
    return asked and not request.url.path.startswith("/api/")


async def _database_error(request: Request, problem: Exception) -> Response:
    if isinstance(problem, Unstorable):
        said = (
            "A text has a character that can't be stored (such as NUL); expected text without it."
        )
        return error(400, "bad_text", said)
    log.error("%s %s: %s", request.method, template(request.scope), problem)
    again = {"retry-after": "2"}
    if not _is_for_people(request):
        return error(503, "storage", "The database is unavailable.", again)
    sent = request.method == "POST"
    language = heard(request)
    said = language.say(_SENT_IN_VAIN if sent else _ASKED_IN_VAIN)
    page = message(request, 503, language.gettext("One moment, please"), said)
    page.headers.update(again)
    return page


async def _deleted_meanwhile(request: Request, problem: Exception) -> Response:
    return await _http_error(request, HTTPException(404, "it has since been deleted"))


async def from_elsewhere(request: Request) -> Response:
    """The answer to a form that a page of another site has sent."""
    say = (await hear(request)).gettext
    said = say("The form came from another site. Open the page here and send it again.")
    return message(request, 403, say("Nothing was sent"), said)


async def _crowded(request: Request, problem: Exception) -> Response:
    said = "Too many people are signing in right now. Try again in a few seconds."
    page = message(request, 503, "Try again in a moment", said)
    page.headers["retry-after"] = "2"
    return page


async def _pictures_crowded(request: Request, problem: Exception) -> Response:
    said = "Too many pictures are being drawn at this moment; try again in a few seconds"
    return await _http_error(request, HTTPException(503, said, {"retry-after": "5"}))


async def _failed(request: Request, problem: Exception) -> Response:
    """The answer to a bug of ours. It comes from outside of the middleware, so it has no headers
    but its own; the exception itself goes on into the log."""
    return error(500, "internal", "The server failed; its log has the error.", NOSNIFF)


HANDLERS: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    HTTPException: _http_error,
    DatabaseError: _database_error,
    Gone: _deleted_meanwhile,
    NothingHere: not_found,
    OnlyAPreview: preview.nothing_stored,
    Crowded: _crowded,
    PicturesCrowded: _pictures_crowded,
    Exception: _failed,
}
"""What answers each exception that a handler lets out."""
