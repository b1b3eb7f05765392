"""The entrant's cookies: the session, the browser's own secret, and who came along from the site:
visitors, and the tickets that stand for them while their beacons are under way. And the language
that was chosen on the page, and by whose link the browser came.

One cookie is for all campaigns of the server: it has the sessions that were opened in this browser,
on the campaigns' own pages. The database says which of them other campaigns may use."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.keys import is_visitor, token_hash
from trk.core.link import TICKET_LIFETIME, VISITORS_KEPT
from trk.store.arrivals import Came
from trk.store.status import Poll
from trk.web.http.cookies import campaign_cookie, campaign_value, entered_cookie
from trk.web.server import server

_YEAR = 365 * 24 * 3600
_MONTH = 30 * 24 * 3600
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_SECRET = re.compile(r"[\w-]{32}", re.ASCII)
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
_ENTERED_KEPT = 5


def token_of(request: Request, key: str) -> str:
    """This campaign's session token in the browser's cookie, or an empty string."""
    return _get(request, f"trk_{key}")


def bearer_of(request: Request) -> str:
    """The session's token that a framed page's script sends, or an empty string."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given if scheme.lower() == "bearer" else ""


def browser_of(request: Request, key: str) -> str:
    """The secret by which this browser is known again, or an empty string.

    With https, one without the prefix is nobody's: whoever has set it would know it.
    """
    name = campaign_cookie(server(request).settings, f"trk_browser_{key}")
    return a_browser(request.cookies.get(name, ""))


def a_browser(secret: str) -> str:
    """The same text if it is the secret of a browser, or an empty string."""
    return secret if _SECRET.fullmatch(secret) else ""


def preview_of(request: Request, key: str) -> str:
    """The token of a draft's preview that the browser was given, or an empty string."""
    return _get(request, f"trk_preview_{key}")


def remember_preview(response: Response, request: Request, key: str, token: str) -> None:
    """Let the browser see a draft, until it is given another token."""
    _set(response, request, key, f"trk_preview_{key}", token)


def new_browser() -> str:
    """A secret for a browser that has none."""
    return secrets.token_urlsafe(24)


def language_of(request: Request, key: str) -> str:
    """The language that was chosen in this browser, or an empty string."""
    return _get(request, f"trk_lang_{key}")


def remember_language(response: Response, request: Request, key: str, tag: str) -> None:
    """Keep the language that was chosen."""
    _set(response, request, key, f"trk_lang_{key}", tag)


def poll_of(request: Request, key: str) -> Poll | None:
    """What a poll asks now, read from as little as that takes; None if the browser has tickets."""
    if _get(request, f"trk_ticket_{key}"):
        return None
    bearer = bearer_of(request)
    token = bearer or token_of(request, key)
    visitors = () if bearer else visitors_of(request, key)
    return Poll(key, token_hash(token) if token else None, visitors, now_ms())


def visitors_of(request: Request, key: str) -> tuple[str, ...]:
    """The visitors of the site that the browser remembers to be."""
    return _several(request, f"trk_visitor_{key}")


def came_of(request: Request, key: str) -> Came:
    """Who the browser is on the site, as far as its cookies say."""
    browser = browser_of(request, key)
    return Came(
        visitors_of(request, key),
        _several(request, f"trk_left_{key}"),
        tuple(map(token_hash, _several(request, f"trk_ticket_{key}"))) if browser else (),
        token_hash(browser) if browser else "",
    )


def remember(response: Response, request: Request, key: str, token: str) -> None:
    """Give the browser the session's token."""
    _set(response, request, key, f"trk_{key}", token)
    # In the place of this campaign's own of before.
    before = (each for each in entered_of(request) if each != token_of(request, key))
    settings = server(request).settings
    response.set_cookie(
        entered_cookie(settings),
        ".".join([*before, token][-_ENTERED_KEPT:]),
        max_age=_YEAR,
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )


def entered_of(request: Request) -> tuple[str, ...]:
    """The tokens of the sessions of all campaigns that were opened in this browser."""
    found = request.cookies.get(entered_cookie(server(request).settings), "").split(".")
    return tuple(dict.fromkeys(filter(_TOKEN.fullmatch, found)))[-_ENTERED_KEPT:]


def referrer_of(request: Request, key: str) -> int | None:
    """The entrant by whose link the browser came, if it did."""
    found = _get(request, f"trk_ref_{key}")
    return int(found) if _NUMBER.fullmatch(found) else None


def remember_referrer(response: Response, request: Request, key: str, referrer: str) -> None:
    """Keep by whose link the browser came, the last one; none where somebody has entered."""
    if _NUMBER.fullmatch(referrer) and not token_of(request, key):
        _set(response, request, key, f"trk_ref_{key}", referrer, _MONTH)


def forget(response: Response, request: Request, key: str) -> None:
    """Delete the session's token from the browser, and offer no other in any campaign: whoever
    signs out makes room for somebody else, on a computer that may be everybody's."""
    _delete(response, request, key, f"trk_{key}")
    settings = server(request).settings
    response.delete_cookie(
        entered_cookie(settings), secure=settings.secure, httponly=True, samesite="lax"
    )


def remember_browser(response: Response, request: Request, key: str, secret: str) -> None:
    """Give the browser its secret, unless it has one."""
    if not browser_of(request, key):
        _set(response, request, key, f"trk_browser_{key}", secret)


def forget_who_came(response: Response, request: Request, key: str) -> None:
    """Forget who the browser was on the site."""
    for name in (f"trk_visitor_{key}", f"trk_ticket_{key}"):
        _keep(response, request, key, name, ())


def remember_visitors(
    response: Response, request: Request, key: str, visitors: Iterable[str]
) -> None:
    """Keep visitor ids in a cookie, the newest last."""
    _keep(response, request, key, f"trk_visitor_{key}", visitors)


def remember_leaving(
    response: Response, request: Request, key: str, visitors: Iterable[str]
) -> None:
    """Keep in a cookie that somebody who was linked to these visitor ids was here."""
    name = f"trk_left_{key}"
    _keep(response, request, key, name, dict.fromkeys([*_several(request, name), *visitors]))


def remember_ticket(response: Response, request: Request, key: str, ticket: str) -> None:
    """Keep one more ticket until it is redeemed, for as long as a ticket is good."""
    waiting = dict.fromkeys([*_several(request, f"trk_ticket_{key}"), ticket])
    _keep(response, request, key, f"trk_ticket_{key}", waiting, TICKET_LIFETIME // 1000)


def forget_tickets(response: Response, request: Request, key: str, waiting: Iterable[str]) -> None:
    """Keep of the browser's tickets only those that still wait, given by their hashes."""
    left = [each for each in _several(request, f"trk_ticket_{key}") if token_hash(each) in waiting]
    _keep(response, request, key, f"trk_ticket_{key}", left, TICKET_LIFETIME // 1000)


def _several(request: Request, name: str) -> tuple[str, ...]:
    """The visitors or tickets in a cookie; they have the same shape."""
    found = _get(request, name).split(".")
    return tuple(dict.fromkeys(each for each in found if is_visitor(each)))[-VISITORS_KEPT:]


def _keep(
    response: Response,
    request: Request,
    key: str,
    name: str,
    several: Iterable[str],
    max_age: int = _YEAR,
) -> None:
    kept = ".".join([*several][-VISITORS_KEPT:])
    if kept:
        _set(response, request, key, name, kept, max_age)
    elif _get(request, name):
        _delete(response, request, key, name)


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
