"""What could hand the server to somebody else asks for the password (and the code) again, if that
is more than 15 minutes ago: a browser that was left open does not do it.

A form is not lost: the page that asks carries its fields and posts them to the same address. With
the right password the form takes effect, as its button has said.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.keys import token_hash
from trk.core.mailbox import folded
from trk.core.rate import SIGN_INS_OF_ACCOUNT
from trk.core.rejection import slow_down
from trk.core.second_factor import PROOF_LIFETIME
from trk.services import accounts
from trk.store import owners
from trk.store.owners import OwnerSession
from trk.web import protection
from trk.web.admin.pages import render
from trk.web.admin.second_step import wrong_code
from trk.web.forms import FormErrors
from trk.web.server import server

_PASSWORD, _CODE = "proof_password", "proof_code"
_ASKED = FormErrors({}, {}, 403)


class Given(NamedTuple):
    """A password and a code that came with a form; no password: they were not asked for yet."""

    password: str | None
    code: str


def given_in(form: MutableMapping[str, str]) -> Given:
    """Take the password and the code out of a form: it is never carried further."""
    return Given(form.pop(_PASSWORD, None), form.pop(_CODE, ""))


def is_proved(session: OwnerSession) -> bool:
    """Was the password (and the code) given lately?"""
    return 0 <= now_ms() - session.proved_at < PROOF_LIFETIME


def ask(
    request: Request,
    session: OwnerSession,
    shown: FormErrors = _ASKED,
    *,
    carried: Mapping[str, str] | None = None,
    target: str = "",
) -> Response:
    """The page that asks, and leads on to `target`, or to the form whose fields it carries."""
    return render(
        request,
        "reauthentication.html",
        shown,
        carried=carried,
        target=target,
        second_factor=session.second_factor,
    )


async def mistakes_in(
    request: Request, session: OwnerSession, given: Given, token: str
) -> FormErrors | None:
    """What is wrong with them; None: nothing, and the session with this token is proved."""
    app, owner = server(request), session.owner
    wait = await protection.wait(app, SIGN_INS_OF_ACCOUNT, "signing in to", folded(owner.email))
    if wait:
        said = slow_down("attempts to sign in", wait).message
        return FormErrors({"password": said}, {}, 429)
    found = await app.database.read(owners.account, owner.id)
    stored = found.password_hash if found else None
    if not await app.passwords.verify(stored, given.password or ""):
        await app.database.write(accounts.reauthentication_failed, owner)
        return FormErrors({"password": "This is not your password."}, {})
    # A code is used up, so it is looked at only with the right password.
    if session.second_factor:
        wrong = await wrong_code(request, owner, given.code, token)
        if wrong is not None:
            return wrong
    await app.database.write(owners.prove, token_hash(token), now_ms())
    return None
