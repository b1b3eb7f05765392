"""Who may see the owner's pages: every one of them is guarded here.

A form that is sent after its session has ended is not lost: the sign-in page carries what was
typed, posts it to the same URL, and the form is shown again, filled in. It takes effect only once
the owner has checked it and pressed its button again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.account import Owner
from trk.core.audit import Actor
from trk.core.mistakes import DraftError, advice
from trk.journal import acting
from trk.services.conflict import Conflict
from trk.store import owners
from trk.store.owners import OwnerSession
from trk.web.admin import reauthentication
from trk.web.admin.second_step import code_page, finish_sign_in, half_session
from trk.web.admin.sign_in import (
    remember,
    session_of,
    session_token,
    sign_in,
    sign_in_page,
)
from trk.web.forms import FormErrors, Mistaken, read_form, read_upload
from trk.web.http.limits import allow_upload
from trk.web.server import server

Handler = Callable[[Request], Awaitable[Response]]
Page = Callable[[Request, FormErrors], Awaitable[Response]]

_EMAIL, _PASSWORD, _CODE = "sign_in_email", "sign_in_password", "sign_in_code"


class Route(NamedTuple):
    """One of the owner's pages. After the session has ended a button, and the link of a file, leads
    to `back`; a form (without `back`) is shown again instead.

    `again` is the page with the form: it is shown after the session has ended, with mistakes
    (Mistaken, DraftError), and where somebody else has changed the same meanwhile (Conflict). A
    form without it does all this itself.

    `proved`: the password (and the code) must have been given within 15 minutes (see
    reauthentication.py).
    `factorless`: it is open to an owner who still has to set a second factor up.

    `uploads`: the form has a file, of which `form` has the text, or `request.state.file` the bytes
    (which no sign-in page can carry). If it is too large or can't be read, the handler gets a
    sentence and a status in `request.state.unreadable`, and perhaps only
    the fields before the file in `form`, and must store nothing.
    """

    method: str
    path: str
    handler: Handler
    back: str | None = None
    uploads: Literal["text", "bytes"] | None = None
    again: Page | None = None
    proved: bool = False
    factorless: bool = False


def owned(route: Route) -> Handler:
    """The route's handler, for signed-in owners only; `owner` and `form` are in `request.state`."""

    async def guarded(request: Request) -> Response:
        session = await session_of(request)
        if request.method in ("GET", "HEAD"):
            return await _shown(request, route, session)
        return await _sent(request, route, session)

    return guarded


async def _shown(request: Request, route: Route, session: OwnerSession | None) -> Response:
    if session is None:
        return await _to_sign_in(request, route.back)
    let_in(request, session.owner)
    if (held := _held_back(request, route, session.second_factor)) is not None:
        return held
    if route.proved and not reauthentication.is_proved(session):
        return reauthentication.ask(request, session, target=_target(request))
    return await route.handler(request)


async def _sent(request: Request, route: Route, session: OwnerSession | None) -> Response:
    if route.uploads and session is not None:
        allow_upload(request.scope)
    if route.uploads:
        form = await read_upload(request, as_text=route.uploads == "text")
    else:
        form = await read_form(request)
    given = reauthentication.given_in(form)
    late = _PASSWORD in form or _CODE in form
    typed = {name: form.pop(name) for name in (_EMAIL, _PASSWORD, _CODE) if name in form}
    request.state.form, request.state.redisplay = form, late
    token = None
    if session is not None:
        let_in(request, session.owner)
        held = _held_back(request, route, session.second_factor)
        if held is None:
            held = await _unproved(request, route, session, given)
    elif not late:
        # Nothing is carried for a button: its form may hold a password.
        carried = form if route.back is None else {}
        return sign_in_page(request, FormErrors({}, {}, 403), carried=carried)
    else:
        signed_in = await _sign_in_late(request, typed, form)
        if isinstance(signed_in, Response):
            return signed_in
        owner, token = signed_in
        let_in(request, owner)
        held = _held_back(request, route, _CODE in typed)
    if held is not None:
        response = held
    elif late and route.back is not None:
        response = RedirectResponse(route.back.format(**request.path_params), 303)
    else:
        response = await _handled(route, request)
    if token is not None:
        remember(response, request, token)
    return response


async def _unproved(
    request: Request, route: Route, session: OwnerSession, given: reauthentication.Given
) -> Response | None:
    """The page that asks for the password again, with the form's fields, if it has to; else
    None."""
    form = request.state.form
    if not route.proved or reauthentication.is_proved(session):
        return None
    if given.password is None:
        return reauthentication.ask(request, session, carried=form)
    wrong = await reauthentication.mistakes_in(request, session, given, session_token(request))
    return None if wrong is None else reauthentication.ask(request, session, wrong, carried=form)


async def _sign_in_late(
    request: Request, typed: Mapping[str, str], carried: Mapping[str, str]
) -> tuple[Owner, str] | Response:
    """Sign in with what came with a form: the owner and the new session's token, or the page with
    which it goes on."""
    if _CODE in typed:
        half = await half_session(request, session_token(request))
        if half is None:  # the code came too late
            return sign_in_page(request, FormErrors({}, {}, 403), carried=carried)
        finished = await finish_sign_in(request, half, session_token(request), typed[_CODE])
        if isinstance(finished, FormErrors):
            return code_page(request, finished, carried=carried)
        return half.owner, finished
    signed_in = await sign_in(request, typed.get(_EMAIL, ""), typed.get(_PASSWORD, ""))
    if isinstance(signed_in, FormErrors):
        return sign_in_page(request, signed_in, carried=carried)
    if signed_in.code_due:
        response = code_page(request, FormErrors({}, {}, 403), carried=carried)
        remember(response, request, signed_in.token)
        return response
    return signed_in.owner, signed_in.token


def _held_back(request: Request, route: Route, second_factor: bool) -> Response | None:
    """Where an owner is led who has no `second_factor` and needs one; else None."""
    request.state.second_factor = second_factor
    needed = server(request).settings.second_factor == "required"
    if needed and not second_factor and not route.factorless:
        return RedirectResponse("/admin/account/second-factor", 303)
    return None


def let_in(request: Request, owner: Owner) -> None:
    """Go on as this owner, whom the pages and the audit name."""
    request.state.owner = owner
    acting.set(Actor("owner", owner.id, owner.name))


async def _handled(route: Route, request: Request) -> Response:
    if route.again is None:
        return await route.handler(request)
    form = request.state.form
    if request.state.redisplay:
        return await route.again(request, FormErrors({}, form, 200))
    try:
        return await route.handler(request)
    except Mistaken as mistaken:
        shown = FormErrors(mistaken.at, form, mistaken.status_code)
    except DraftError as mistake:
        shown = FormErrors(advice(mistake.mistakes), form)
    except Conflict:
        shown = FormErrors({}, form, 409)
    return await route.again(request, shown)


def own_page(target: str) -> str:
    """`target` if it is one of the owner's pages, otherwise their first page."""
    fine = target.startswith("/admin") and target.isprintable() and "\\" not in target
    return target if fine and not target.startswith("/admin/sign-") else "/admin/campaigns"


async def _to_sign_in(request: Request, back: str | None) -> Response:
    if not await server(request).database.read(owners.any_owner):
        return RedirectResponse("/admin/setup", 303)
    return RedirectResponse(f"/admin/sign-in?next={quote(_target(request, back), safe='')}", 303)


def _target(request: Request, back: str | None = None) -> str:
    path = request.url.path if back is None else back.format(**request.path_params)
    return path + (f"?{request.url.query}" if request.url.query else "")
