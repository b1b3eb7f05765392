"""Who may see the owner's pages: every one of them is guarded here.

A form that is sent after its session has ended is not lost: the sign-in page carries what was
typed, posts it to the same URL, and the form is shown again, filled in. It takes effect only once
the owner has checked it and pressed its button again.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.account import SESSION_LIFETIME, Owner
from trk.core.keys import token_hash
from trk.core.mistakes import DraftError, advice
from trk.core.plain_text import EncodingError, decoded
from trk.core.rate import SIGN_INS_FROM_ADDRESS, SIGN_INS_OF_ACCOUNT, sender_of
from trk.core.rejection import slow_down
from trk.services.conflict import Conflict
from trk.services.passwords import Crowded
from trk.store import owners
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.http.cookies import owner_cookie
from trk.web.http.limits import MAX_UPLOAD, allow_upload
from trk.web.server import server

Handler = Callable[[Request], Awaitable[Response]]
Page = Callable[[Request, FormErrors], Awaitable[Response]]

_EMAIL, _PASSWORD = "sign_in_email", "sign_in_password"
_WRONG = "This e-mail and this password don’t belong together. Please check both."
_CROWDED = "Too many people are signing in at this moment. Please try again in a few seconds."


class Route(NamedTuple):
    """One of the owner's pages. A button that is pressed after the session has ended leads to
    `back`; a form (without `back`) is shown again instead.

    `again` is the page with the form: it is shown after the session has ended, with mistakes
    (Mistaken, DraftError), and where somebody else has changed the same meanwhile (Conflict). A
    form without it does all this itself.

    `uploads`: the form has a file, of which `form` has the text. If it is too large or can't be
    read, the handler gets a sentence and a status in `request.state.unreadable`, and perhaps only
    the fields before the file in `form`, and must store nothing.
    """

    method: str
    path: str
    handler: Handler
    back: str | None = None
    uploads: bool = False
    again: Page | None = None


def owned(route: Route) -> Handler:
    """The route's handler, for signed-in owners only; `owner` and `form` are in `request.state`."""

    async def guarded(request: Request) -> Response:
        owner = await owner_of(request)
        if request.method in ("GET", "HEAD"):
            if owner is None:
                return await _to_sign_in(request)
            request.state.owner = owner
            return await route.handler(request)
        if route.uploads and owner is not None:
            allow_upload(request.scope)
        form = await (_read_upload(request) if route.uploads else read_form(request))
        late = _PASSWORD in form
        email, password = form.pop(_EMAIL, ""), form.pop(_PASSWORD, "")
        request.state.form, request.state.redisplay = form, late
        token = None
        if owner is None:
            if not late:
                # Nothing is carried for a button: its form may hold a password.
                carried = form if route.back is None else {}
                return sign_in_page(request, FormErrors({}, {}, 403), carried=carried)
            signed_in = await sign_in(request, email, password)
            if isinstance(signed_in, FormErrors):
                return sign_in_page(request, signed_in, carried=form)
            owner, token = signed_in
        request.state.owner = owner
        if late and route.back is not None:
            response: Response = RedirectResponse(route.back.format(**request.path_params), 303)
        else:
            response = await _handled(route, request)
        if token is not None:
            remember(response, request, token)
        return response

    return guarded


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


async def owner_of(request: Request) -> Owner | None:
    """The owner signed in to this browser, or None."""
    token = session_token(request)
    if not token:
        return None
    found: Owner | None = await server(request).database.read(
        owners.by_session, token_hash(token), now_ms()
    )
    return found


async def read_form(request: Request) -> dict[str, str]:
    """The form's fields as text with Unix line endings."""
    async with request.form(max_files=0, max_fields=200) as form:
        return {name: _lines(value) for name, value in form.multi_items() if isinstance(value, str)}


async def _read_upload(request: Request) -> dict[str, str]:
    """The same for a form with a file, as its text beside its `file_name`; only the fields before
    the file if it is too large."""
    request.state.unreadable = None
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await read_form(request)
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=1, max_fields=200, max_part_size=MAX_UPLOAD
    )
    try:
        form = await parser.parse()
    except HTTPException as refused:
        if refused.status_code != 413:
            raise
        # From the body limit; the fields parsed so far are complete.
        request.state.unreadable = f"This is too large: {refused.detail}. Add it in parts.", 413
        form = FormData([item for item in parser.items if isinstance(item[1], str)])
    except MultiPartException as mistake:
        raise HTTPException(400, mistake.message.rstrip(".")) from None
    fields = {}
    try:
        for name, value in form.multi_items():
            if isinstance(value, str):
                fields[name] = _lines(value)
                continue
            fields["file_name"] = " ".join((value.filename or "").split())[:200]
            fields[name] = decoded(await value.read())
    except EncodingError as mistake:
        request.state.unreadable = str(mistake), 400
    finally:
        await form.close()
    return fields


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


async def sign_in(request: Request, email: str, password: str) -> tuple[Owner, str] | FormErrors:
    """Sign in: the owner and the new session's token.

    Never says whether the e-mail or the password was wrong.
    """
    app = server(request)
    typed = {"email": email}
    sender = sender_of(request.client.host if request.client else "")
    # The address first: one that must wait takes no attempt from an account.
    wait = app.rates.wait(SIGN_INS_FROM_ADDRESS, "signing in from", sender)
    wait = wait or app.rates.wait(SIGN_INS_OF_ACCOUNT, "signing in to", email.strip().casefold())
    if wait:
        return FormErrors({"password": slow_down("attempts to sign in", wait).message}, typed, 429)
    account = None if "\0" in email else await app.database.read(owners.by_email, email)
    stored = account.password_hash if account else None
    # An unknown e-mail takes as long as a wrong password.
    try:
        with app.passwords.place_for(sender):
            right = await app.passwords.verify(stored, password)
    except Crowded:
        return FormErrors({"password": _CROWDED}, typed, 503)
    if not right or account is None:
        return FormErrors({"password": _WRONG}, typed)
    token = secrets.token_urlsafe(32)
    old = session_token(request)
    if old:
        await app.database.write(owners.end_session, token_hash(old))
    await app.database.write(owners.open_session, account.owner.id, token_hash(token), now_ms())
    return account.owner, token


def sign_in_page(
    request: Request,
    shown: FormErrors,
    *,
    carried: Mapping[str, str] | None = None,
    target: str = "",
) -> Response:
    """The sign-in page, which leads on to `target`, or to the form whose fields it carries."""
    return render(request, "sign_in.html", shown, carried=carried, target=target)


def session_token(request: Request) -> str | None:
    """The session's token in the browser's cookie, if there is one."""
    return request.cookies.get(owner_cookie(server(request).settings)[0])


def remember(response: Response, request: Request, token: str) -> None:
    """Give the browser the session's token."""
    settings = server(request).settings
    name, path = owner_cookie(settings)
    response.set_cookie(
        name,
        token,
        max_age=SESSION_LIFETIME // 1000,
        path=path,
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )


def forget(response: Response, request: Request) -> None:
    """Delete the session's token from the browser."""
    settings = server(request).settings
    name, path = owner_cookie(settings)
    response.delete_cookie(name, path, secure=settings.secure, httponly=True, samesite="lax")


def own_page(target: str) -> str:
    """`target` if it is one of the owner's pages, otherwise their first page."""
    fine = target.startswith("/admin") and target.isprintable() and "\\" not in target
    return target if fine and not target.startswith("/admin/sign-") else "/admin/campaigns"


async def _to_sign_in(request: Request) -> Response:
    if not await server(request).database.read(owners.any_owner):
        return RedirectResponse("/admin/setup", 303)
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/admin/sign-in?next={quote(target, safe='')}", 303)
