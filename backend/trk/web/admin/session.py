"""Signing in and out, and the owner's own account."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.keys import token_hash
from trk.core.mailbox import folded
from trk.core.names import clean, name_mistake
from trk.core.rate import SIGN_INS_OF_ACCOUNT
from trk.core.rejection import slow_down
from trk.services import accounts
from trk.store import owners
from trk.web import protection
from trk.web.admin.guard import Route, let_in, own_page
from trk.web.admin.pages import render
from trk.web.admin.second_step import code_page, finish_sign_in, half_session
from trk.web.admin.sign_in import forget, owner_of, remember, session_token, sign_in, sign_in_page
from trk.web.forms import FormErrors, read_form
from trk.web.server import server


async def show_sign_in(request: Request) -> Response:
    """The sign-in page; whoever is signed in already is redirected."""
    target = own_page(request.query_params.get("next", ""))
    if await owner_of(request) is not None:
        return RedirectResponse(target, 303)
    if not await server(request).database.read(owners.any_owner):
        return RedirectResponse("/admin/setup", 303)
    if await half_session(request, session_token(request)) is not None:
        return code_page(request, FormErrors({}, {}, 200), target=target)
    return sign_in_page(request, FormErrors({}, {}, 200), target=target)


async def start_session(request: Request) -> Response:
    """Sign in, with a new session token each time."""
    form = await read_form(request)
    target = own_page(form.get("next", ""))
    signed_in = await sign_in(
        request, form.get("sign_in_email", ""), form.get("sign_in_password", "")
    )
    if isinstance(signed_in, FormErrors):
        return sign_in_page(request, signed_in, target=target)
    response: Response = RedirectResponse(target, 303)
    if signed_in.code_due:
        response = code_page(request, FormErrors({}, {}, 200), target=target)
    remember(response, request, signed_in.token)
    return response


async def give_code(request: Request) -> Response:
    """Finish signing in with the code of the second factor."""
    form = await read_form(request)
    target = own_page(form.get("next", ""))
    half = await half_session(request, session_token(request))
    if half is None:  # it came too late
        return sign_in_page(request, FormErrors({}, {}, 403), target=target)
    finished = await finish_sign_in(
        request, half, session_token(request), form.get("sign_in_code", "")
    )
    if isinstance(finished, FormErrors):
        return code_page(request, finished, target=target)
    response = RedirectResponse(target, 303)
    remember(response, request, finished)
    return response


async def give_proof(request: Request) -> Response:
    """Give the password (and the code) again, and go on to the page that has asked for it."""
    target = own_page(request.state.form.get("next", ""))
    return RedirectResponse(target, 303)


async def sign_out(request: Request) -> Response:
    """Sign out in this browser."""
    token, owner = session_token(request), await owner_of(request)
    if token and owner is not None:
        let_in(request, owner)
        await server(request).database.write(accounts.sign_out, owner, token_hash(token))
    elif token:  # somebody else's browser, which awaits a code
        await server(request).database.write(owners.end_session, token_hash(token))
    response = RedirectResponse("/admin/sign-in", 303)
    forget(response, request)
    return response


async def sign_out_everywhere(request: Request) -> Response:
    """End all of this owner's sessions, in all browsers."""
    await server(request).database.write(accounts.sign_out, request.state.owner, None)
    response = RedirectResponse("/admin/sign-in", 303)
    forget(response, request)
    return response


async def show_account(request: Request) -> Response:
    """The page of the owner's own account."""
    return _page(request, FormErrors({}, {"owner_name": request.state.owner.name}, 200))


async def rename_owner(request: Request) -> Response:
    """Change the owner's name."""
    name = request.state.form.get("owner_name", "").strip()
    if request.state.redisplay:
        return _page(request, FormErrors({}, {"owner_name": name}, 200))
    wrong = name_mistake(clean(name), "Enter your name.")
    if wrong:
        return _page(request, FormErrors({"owner_name": wrong}, {"owner_name": name}))
    await server(request).database.write(accounts.rename_owner, request.state.owner, name)
    return RedirectResponse("/admin/account", 303)


async def change_password(request: Request) -> Response:
    """Change the password; all other browsers are signed out."""
    app, owner, form = server(request), request.state.owner, request.state.form
    typed = {"owner_name": owner.name}
    mistakes = {}
    wait = await protection.wait(app, SIGN_INS_OF_ACCOUNT, "signing in to", folded(owner.email))
    if wait:
        said = slow_down("attempts to sign in", wait).message
        return _page(request, FormErrors({"current": said}, typed, 429))
    found = await app.database.read(owners.account, owner.id)
    if found is None or not await app.passwords.verify(
        found.password_hash, form.get("current", "")
    ):
        mistakes["current"] = "This is not your password."
    wrong = await accounts.password_mistake(
        app.passwords,
        app.settings,
        form.get("password", ""),
        name=owner.name,
        email=owner.email,
    )
    if wrong:
        mistakes["password"] = wrong
    if mistakes:
        return _page(request, FormErrors(mistakes, typed))
    token = secrets.token_urlsafe(32)
    await app.database.write(
        accounts.change_password,
        owner,
        await app.passwords.hash(form["password"]),
        token_hash(token),
    )
    response = RedirectResponse("/admin/account?done=password", 303)
    remember(response, request, token)
    return response


def _page(request: Request, shown: FormErrors) -> Response:
    return render(
        request,
        "account.html",
        shown,
        section="account",
        done=request.query_params.get("done") == "password",
        second_factor=request.state.second_factor,
    )


OPEN = [
    Route("GET", "/sign-in", show_sign_in),
    Route("POST", "/sign-in", start_session),
    Route("POST", "/sign-in/code", give_code),
    Route("POST", "/sign-out", sign_out),
]
"""Pages that need no sign-in."""

TABLE = [
    Route("POST", "/sign-out-everywhere", sign_out_everywhere, "/admin/account", factorless=True),
    Route("POST", "/prove", give_proof, proved=True),
    Route("GET", "/account", show_account),
    Route("POST", "/account", rename_owner),
    Route("POST", "/account/password", change_password, "/admin/account"),
]
