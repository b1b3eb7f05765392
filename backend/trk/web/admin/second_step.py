"""The second step of signing in, where the owner has a second factor: the code."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.account import Owner
from trk.core.keys import token_hash
from trk.core.rate import SECOND_FACTORS
from trk.core.rejection import slow_down
from trk.core.second_factor import code_in, is_of_app
from trk.services import accounts, second_factor
from trk.store import owners
from trk.store.owners import OwnerSession
from trk.web import protection
from trk.web.admin.pages import render
from trk.web.forms import FormErrors
from trk.web.server import server

_WRONG = (
    "This code is wrong or was already used. Enter the one your app shows now, or an unused "
    "recovery code."
)


async def half_session(request: Request, token: str | None) -> OwnerSession | None:
    """The session with this token, which was begun with the password and awaits a code; or None."""
    if not token:
        return None
    found: OwnerSession | None = await server(request).database.read(
        owners.half_session, token_hash(token), now_ms()
    )
    return found


async def wrong_code(request: Request, owner: Owner, typed: str, token: str) -> FormErrors | None:
    """What is wrong with a code of the owner's that came in the session with this token (None:
    nothing, and it is used up)."""
    app = server(request)
    if is_of_app(code_in(typed)):
        wait = await protection.wait(app, SECOND_FACTORS, "code of", str(owner.id))
    else:
        # Nobody guesses a recovery code. They are counted for each session, so that whoever has
        # the password and guesses codes can't keep the owner out.
        wait = await protection.wait(app, SECOND_FACTORS, "recovery code in", token_hash(token))
    if wait:
        return FormErrors({"code": slow_down("codes", wait).message}, {}, 429)
    if not await app.database.write(second_factor.check, owner, typed):
        return FormErrors({"code": _WRONG}, {})
    return None


async def finish_sign_in(
    request: Request, half: OwnerSession, half_token: str, typed: str
) -> str | FormErrors:
    """Sign in with the code: the new session's token."""
    wrong = await wrong_code(request, half.owner, typed, half_token)
    if wrong is not None:
        return wrong
    token = secrets.token_urlsafe(32)
    await server(request).database.write(
        accounts.sign_in, half.owner, token_hash(token), token_hash(half_token)
    )
    return token


def code_page(
    request: Request,
    shown: FormErrors,
    *,
    carried: Mapping[str, str] | None = None,
    target: str = "",
) -> Response:
    """The page that asks for the code, and leads on to `target`, or to the form whose fields it
    carries."""
    return render(request, "second_step.html", shown, carried=carried, target=target)
