"""Signing in to the owner's pages: the e-mail and the password, and the cookie of a session."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.account import SESSION_LIFETIME, Owner
from trk.core.keys import token_hash
from trk.core.mailbox import folded
from trk.core.rate import SIGN_INS_FROM_ADDRESS, SIGN_INS_OF_ACCOUNT, sender_of
from trk.core.rejection import slow_down
from trk.services import accounts
from trk.services.passwords import Crowded
from trk.store import owners
from trk.store.owners import OwnerSession
from trk.web import protection
from trk.web.admin.pages import render
from trk.web.forms import FormErrors
from trk.web.http.cookies import owner_cookie
from trk.web.server import server

_WRONG = "Wrong e-mail or password."


_CROWDED = "Too many people are signing in right now. Try again in a few seconds."


async def session_of(request: Request) -> OwnerSession | None:
    """The session of this browser, or None; also while it awaits a code."""
    token = session_token(request)
    if not token:
        return None
    found: OwnerSession | None = await server(request).database.read(
        owners.session, token_hash(token), now_ms()
    )
    return found


async def owner_of(request: Request) -> Owner | None:
    """The owner signed in to this browser, or None."""
    found = await session_of(request)
    return None if found is None else found.owner


class SignedIn(NamedTuple):
    """An owner whose password was right, and the token of a session, which opens nothing while its
    code is due."""

    owner: Owner
    token: str
    code_due: bool


async def sign_in(request: Request, email: str, password: str) -> SignedIn | FormErrors:
    """Sign in, up to the second factor.

    Never says whether the e-mail or the password was wrong.
    """
    app = server(request)
    typed = {"email": email}
    sender = sender_of(request.client.host if request.client else "")
    # The address first: one that must wait takes no attempt from an account.
    wait = await protection.wait(app, SIGN_INS_FROM_ADDRESS, "signing in from", sender)
    wait = wait or await protection.wait(app, SIGN_INS_OF_ACCOUNT, "signing in to", folded(email))
    if wait:
        return FormErrors({"password": slow_down("attempts to sign in", wait).message}, typed, 429)
    account = await app.database.read(owners.by_email, email)
    stored = account.password_hash if account else None
    # An unknown e-mail takes as long as a wrong password.
    try:
        with app.passwords.place_for(sender):
            right = await app.passwords.verify(stored, password)
    except Crowded:
        return FormErrors({"password": _CROWDED}, typed, 503)
    if not right or account is None:
        await app.database.write(accounts.sign_in_failed, account)
        return FormErrors({"password": _WRONG}, typed)
    token = secrets.token_urlsafe(32)
    old = session_token(request)
    due = await app.database.write(
        accounts.begin_sign_in, account.owner, token_hash(token), token_hash(old) if old else None
    )
    return SignedIn(account.owner, token, due)


def sign_in_page(
    request: Request,
    shown: FormErrors,
    *,
    carried: Mapping[str, str] | None = None,
    target: str = "",
) -> Response:
    """The sign-in page, which leads on to `target`, or to the form whose fields it carries."""
    return render(request, "sign_in.html", shown, carried=carried, target=target)


def session_token(request: Request) -> str:
    """The session's token in the browser's cookie, empty if there is none."""
    return request.cookies.get(owner_cookie(server(request).settings)[0], "")


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
