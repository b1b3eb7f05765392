"""What a request is answered whose handler raised something."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trk.core.phrase import phrase
from trk.core.rejection import shown
from trk.services.passwords import Crowded
from trk.services.pictures import PicturesCrowded
from trk.store.errors import DatabaseError, Gone, Unstorable
from trk.store.replies import UNSURE, of_doubt
from trk.web.campaign import preview
from trk.web.campaign.lookup import NothingHere, OnlyAPreview
from trk.web.campaign.message import NO_PAGE
from trk.web.campaign.view import not_found
from trk.web.dead_ends import dead_end, is_for_people
from trk.web.http.access import template
from trk.web.http.respond import NOSNIFF, error, refused
from trk.web.http.security import FOR_PAGES
from trk.web.pages import PageLink

log = logging.getLogger(__name__)

_WRONG = phrase("Something went wrong")
_SAID = {
    400: (_WRONG, phrase("This form can’t be read. Load its page again and send it once more.")),
    404: NO_PAGE,
    405: (
        phrase("There is no page here"),
        phrase("This address only receives forms; it can’t be opened by itself."),
    ),
    408: (
        phrase("That took too long"),
        phrase(
            "What you sent did not arrive in time, and none of it was stored. Check your "
            "connection, then go back and send it again."
        ),
    ),
    413: (
        phrase("That is too large"),
        phrase(
            "What you sent is larger than this page accepts, and none of it was stored. Go back "
            "and make it shorter."
        ),
    ),
}
"""What people are told by a status; a reason of a handler's own says more."""
_SENT_IN_VAIN = phrase(
    "This could not be stored: the database can’t be reached. Please wait a few seconds, then go "
    "back and send it again; what you typed is still there."
)
_ASKED_IN_VAIN = phrase(
    "The database can’t be reached. Please wait a few seconds, then load this page again."
)
_OURS = phrase(
    "This is a fault on our side, and it has been recorded. Please try again in a few minutes."
)
_AGAIN = phrase("Load this page again")
_UNSTORABLE = phrase(
    "What you sent contains a character that can’t be stored. Go back and type it again instead of "
    "pasting it."
)


async def _http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    status = problem.status_code
    if is_for_people(request):
        title, text = _SAID.get(status, (_WRONG, problem.detail + "."))
        if status == 404 and problem.detail != HTTPStatus(status).phrase:
            text = _sentence(problem.detail)
        page = await dead_end(request, status, title, text)
        page.headers.update(problem.headers or {})
        return page
    said = f"{request.method} {shown(request.url.path)}: {problem.detail}."
    codes = {404: "not_found", 405: "wrong_method", 408: "slow_body", 413: "too_large"}
    return error(status, codes.get(status, "http_error"), said, problem.headers)


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


async def _database_error(request: Request, problem: Exception) -> Response:
    if isinstance(problem, Unstorable):
        if is_for_people(request):
            return await dead_end(request, 400, _WRONG, _UNSTORABLE)
        said = (
            "A text has a character that can't be stored (such as NUL); expected text without it."
        )
        return error(400, "bad_text", said)
    log.error("%s %s: %s", request.method, template(request.scope), problem)
    if not is_for_people(request):
        return error(503, "storage", "The database is unavailable.", {"retry-after": "2"})
    return await _in_vain(request, 2)


async def wrong_database(request: Request, doubt: str) -> Response:
    """The answer to what would store something in the wrong database, and why it is that."""
    if not is_for_people(request):
        return refused(of_doubt("Nothing is stored", doubt))
    return await _in_vain(request, UNSURE)


async def _in_vain(request: Request, wait: int) -> Response:
    """The page that says that the database can't be reached, and to come back in so many
    seconds."""
    sent = request.method == "POST"
    said = _SENT_IN_VAIN if sent else _ASKED_IN_VAIN
    link = None if sent else PageLink(_here(request), _AGAIN)
    title = phrase("One moment, please")
    page = await dead_end(request, 503, title, said, link, away=True)
    page.headers["retry-after"] = str(wait)
    return page


def _here(request: Request) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return quote(request.scope["path"]) + (f"?{query}" if query else "")


async def _deleted_meanwhile(request: Request, problem: Exception) -> Response:
    return await _http_error(request, HTTPException(404, "it has since been deleted"))


async def _crowded(request: Request, problem: Exception) -> Response:
    said = "Too many people are signing in right now. Try again in a few seconds."
    link = PageLink("/admin/sign-in", "Sign in")
    page = await dead_end(request, 503, "Try again in a moment", said, link)
    page.headers["retry-after"] = "2"
    return page


async def _pictures_crowded(request: Request, problem: Exception) -> Response:
    said = "Too many pictures are being drawn at this moment; try again in a few seconds"
    return await _http_error(request, HTTPException(503, said, {"retry-after": "5"}))


async def _failed(request: Request, problem: Exception) -> Response:
    """The answer to a bug of ours. It comes from outside of the middleware, so it has no headers
    but its own; the exception itself goes on into the log."""
    if is_for_people(request):
        link = PageLink(_here(request), _AGAIN) if request.method == "GET" else None
        page = await dead_end(request, 500, _WRONG, _OURS, link, away=True)
        for name, value in FOR_PAGES.items():
            page.headers.setdefault(name, value)
        return page
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
