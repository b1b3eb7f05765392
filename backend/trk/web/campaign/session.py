"""The entrant's cookies: the session, the visitor id that came along from the site, and the ticket
that stands for it while its beacon is under way."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trk.core.keys import is_ticket, is_visitor, token_hash
from trk.core.link import TICKET_LIFETIME
from trk.web.http.cookies import campaign_cookie, campaign_value
from trk.web.server import server

_YEAR = 365 * 24 * 3600


def token_of(request: Request, key: str) -> str:
    """This campaign's session token in the browser's cookie, or an empty string."""
    return _get(request, f"trk_{key}")


def session_hash(request: Request, key: str) -> str | None:
    """The hash of the session's token, if any; a framed page's script sends a bearer token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token = given if scheme.lower() == "bearer" else token_of(request, key)
    return token_hash(token) if token else None


def visitor_of(request: Request, key: str) -> str | None:
    """The visitor id that came along from the customer's site, if there is one."""
    visitor = _get(request, f"trk_visitor_{key}")
    return visitor if is_visitor(visitor) else None


def was_shown(request: Request, key: str) -> bool:
    """Has somebody who was linked to this visitor id left the campaign in this browser?"""
    return _get(request, f"trk_left_{key}") == _get(request, f"trk_visitor_{key}")


def ticket_of(request: Request, key: str) -> str | None:
    """The ticket with which the browser came and whose beacon had not arrived then, if any."""
    ticket = _get(request, f"trk_ticket_{key}")
    return ticket if is_ticket(ticket) else None


def remember(response: Response, request: Request, key: str, token: str) -> None:
    """Give the browser the session's token."""
    _set(response, request, key, f"trk_{key}", token)


def forget(response: Response, request: Request, key: str) -> None:
    """Delete the session's token from the browser."""
    _delete(response, request, key, f"trk_{key}")


def remember_visitor(response: Response, request: Request, key: str, visitor: str) -> None:
    """Keep the visitor id in a cookie until the person enters; its ticket is used up."""
    _set(response, request, key, f"trk_visitor_{key}", visitor)
    _delete(response, request, key, f"trk_ticket_{key}")


def remember_leaving(response: Response, request: Request, key: str, visitor: str) -> None:
    """Keep in a cookie that somebody who was linked to this visitor id was here."""
    _set(response, request, key, f"trk_left_{key}", visitor)


def remember_ticket(response: Response, request: Request, key: str, ticket: str) -> None:
    """Keep a ticket until its beacon has arrived, for as long as a ticket is good."""
    _set(response, request, key, f"trk_ticket_{key}", ticket, TICKET_LIFETIME // 1000)


def _get(request: Request, name: str) -> str:
    return campaign_value(request, server(request).settings, name)


def _delete(response: Response, request: Request, key: str, name: str) -> None:
    settings = server(request).settings
    # With https, there may be one from before cookies had a prefix as well.
    for each in dict.fromkeys((name, campaign_cookie(settings, name))):
        response.delete_cookie(
            each, path=f"/{key}", secure=settings.secure, httponly=True, samesite="lax"
        )


def _set(
    response: Response, request: Request, key: str, name: str, value: str, max_age: int = _YEAR
) -> None:
    settings = server(request).settings
    response.set_cookie(
        campaign_cookie(settings, name),
        value,
        max_age=max_age,
        path=f"/{key}",
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )
