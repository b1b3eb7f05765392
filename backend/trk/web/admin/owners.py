"""Owners: the list, invitations, and the pages that one-time links lead to."""

from __future__ import annotations

import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.account import Owner
from trk.core.instant import iso
from trk.core.keys import token_hash
from trk.core.mistakes import DraftError, advice
from trk.services import accounts
from trk.store import invitations, owners, second_factors
from trk.store.errors import Duplicate
from trk.store.invitations import OneTimeLink
from trk.store.owners import Account
from trk.web.admin.guard import Route
from trk.web.admin.lookup import number
from trk.web.admin.message import message
from trk.web.admin.pages import render
from trk.web.admin.sign_in import remember
from trk.web.forms import FormErrors, read_form
from trk.web.server import server


async def list_owners(request: Request) -> Response:
    """List all owners and open invitations."""
    return await _page(request, FormErrors({}, {}, 200))


async def invite_owner(request: Request) -> Response:
    """Create an invitation; its link is shown only once."""
    typed = request.state.form.get("email", "").strip()
    if request.state.redisplay:
        return await _page(request, FormErrors({}, {"email": typed}, 200))
    app = server(request)
    try:
        made = await app.database.write(
            accounts.make_invitation, app.settings, request.state.owner.name, typed
        )
    except DraftError as mistake:
        return await _page(request, FormErrors(advice(mistake.mistakes), {"email": typed}))
    app.mailer.wake()
    return await _page(request, FormErrors({}, {}, 200), invited=made.email, url=made.url)


async def withdraw_invitation(request: Request) -> Response:
    """Cancel an open invitation."""
    hashed = request.state.form.get("invitation", "")
    if hashed.isalnum():
        await server(request).database.write(accounts.withdraw_invitation, hashed)
    return RedirectResponse("/admin/owners", 303)


async def ask_owner_removal(request: Request) -> Response:
    """Ask for confirmation before removing an owner."""
    return render(request, "remove_owner.html", section="owners", other=await _other(request))


async def remove_owner(request: Request) -> Response:
    """Remove another owner and end their sessions; nobody can remove themselves, so one remains."""
    other = await _other(request)
    await server(request).database.write(accounts.remove_owner, other.id)
    return RedirectResponse("/admin/owners", 303)


async def show_link(request: Request) -> Response:
    """The form behind a one-time link. Opening it changes nothing: mail scanners open links."""
    found = await _link(request)
    if found is None:
        return await _dead_link(request)
    return _link_page(request, found, FormErrors({}, {}, 200))


async def accept_link(request: Request) -> Response:
    """Become an owner, or set a new password; either way, sign in."""
    found = await _link(request)
    if found is None:
        return await _dead_link(request)
    form = await read_form(request)
    name, password = form.get("owner_name", "").strip(), form.get("password", "")
    app, session = server(request), secrets.token_urlsafe(32)
    if found.owner_id is None:
        mistakes = await accounts.mistakes_of_account(
            app.passwords, app.settings, name=name, email=found.email, password=password
        )
    else:
        whose = await app.database.read(owners.account, found.owner_id)
        known = whose.owner.name if whose else ""
        wrong = await accounts.password_mistake(
            app.passwords, app.settings, password, name=known, email=found.email
        )
        mistakes = {"password": wrong} if wrong else {}
    if mistakes:
        return _link_page(request, found, FormErrors(mistakes, {"owner_name": name}))
    hashed = token_hash(request.path_params["token"])
    new = {"password_hash": await app.passwords.hash(password), "session_hash": token_hash(session)}
    if found.owner_id is None:
        try:
            accepted = await app.database.write(
                accounts.accept_invitation, hashed, name=name, **new
            )
        except Duplicate:
            accepted = None
        done = accepted is not None
    else:
        done = await app.database.write(accounts.set_password_by_link, hashed, **new)
    if not done:
        return await _dead_link(request)
    response = RedirectResponse("/admin/campaigns", 303)
    remember(response, request, session)
    return response


async def _other(request: Request) -> Owner:
    wanted = number(request.path_params["id"])
    if wanted is not None and wanted != request.state.owner.id:
        found: Account | None = await server(request).database.read(owners.account, wanted)
        if found is not None:
            return found.owner
    raise HTTPException(404, "there is no such other owner")


async def _link(request: Request) -> OneTimeLink | None:
    found: OneTimeLink | None = await server(request).database.read(
        invitations.link, token_hash(request.path_params["token"]), now_ms()
    )
    return found if found is not None and found.purpose != "setup" else None


def _link_page(request: Request, link: OneTimeLink, shown: FormErrors) -> Response:
    return render(request, "link.html", shown, link=link, token=request.path_params["token"])


async def _dead_link(request: Request) -> Response:
    hashed = token_hash(request.path_params["token"])
    if await server(request).database.read(invitations.is_used, hashed):
        said = (
            "It works once, and has already been used. If that was you, go on; otherwise ask "
            "whoever sent it for a new one."
        )
    else:
        said = (
            "It has expired, was withdrawn, or isn’t the whole link. Ask whoever sent it for a "
            "new one."
        )
    return await message(request, 404, "This link no longer works", said)


async def _page(
    request: Request, shown: FormErrors, *, invited: str = "", url: str = ""
) -> Response:
    database = server(request).database
    return render(
        request,
        "owners.html",
        shown,
        section="owners",
        owners=await database.read(owners.everybody),
        with_factor=await database.read(second_factors.owners_with_one),
        invitations=await database.read(invitations.waiting, now_ms()),
        mails=bool(server(request).settings.smtp),
        iso=iso,
        invited=invited,
        url=url,
    )


OPEN = [Route("GET", "/link/{token}", show_link), Route("POST", "/link/{token}", accept_link)]
"""Pages that need no sign-in."""

TABLE = [
    Route("GET", "/owners", list_owners),
    Route("POST", "/owners", invite_owner, proved=True),
    Route("GET", "/owners/{id}/remove", ask_owner_removal),
    Route("POST", "/owners/{id}/remove", remove_owner, "/admin/owners", proved=True),
    Route("POST", "/owners/withdraw", withdraw_invitation, "/admin/owners"),
]
