"""The first run: creating the first owner and the first campaign, on one short page."""

from __future__ import annotations

import secrets
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.core.starter import Starter
from trk.services.accounts import add_first_owner, mistakes_of_account
from trk.services.campaigns import start_campaign
from trk.store import invitations, owners
from trk.store.errors import Duplicate
from trk.store.program import Transaction
from trk.web.admin.guard import Route
from trk.web.admin.message import message
from trk.web.admin.pages import render
from trk.web.admin.sign_in import remember
from trk.web.admin.starter import choices, starter_in
from trk.web.forms import FormErrors, read_form
from trk.web.pages import PageLink
from trk.web.server import server

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


async def show_setup(request: Request) -> Response:
    """The setup page; anyone not allowed to set up the server is told where to find the link."""
    if await server(request).database.read(owners.any_owner):
        return RedirectResponse("/admin", 303)
    token = request.query_params.get("token", "")
    if not await _may_set_up(request, token):
        return await _refused(request)
    typed = {"template": "competition", "timezone": "UTC", "token": token}
    return _page(request, FormErrors({}, typed, 200))


async def set_up_server(request: Request) -> Response:
    """Create the first owner and the first campaign, both or neither, and sign in."""
    app, form = server(request), await read_form(request)
    if await app.database.read(owners.any_owner):
        return await _already_set_up(request)
    if not await _may_set_up(request, form.get("token", "")):
        return await _refused(request)
    name, email = form.get("owner_name", "").strip(), form.get("email", "").strip()
    password = form.get("password", "")
    typed = {field: text for field, text in form.items() if field != "password"}
    made = starter_in(form, app.settings)
    mistakes = await mistakes_of_account(
        app.passwords, app.settings, name=name, email=email, password=password
    )
    if not isinstance(made, Starter):
        mistakes |= made
    if mistakes or not isinstance(made, Starter):
        return _page(request, FormErrors(mistakes, typed))
    session = secrets.token_urlsafe(32)
    password_hash = await app.passwords.hash(password)

    async def store(tx: Transaction) -> Campaign:
        await add_first_owner(
            tx,
            name=name,
            email=email,
            password_hash=password_hash,
            session_hash=token_hash(session),
        )
        return await start_campaign(tx, made)

    try:
        campaign = await app.database.write(store)
    except Duplicate:  # somebody else was quicker
        return await _already_set_up(request)
    response = RedirectResponse(f"/admin/campaigns/{campaign.key}", 303)
    remember(response, request, session)
    return response


async def _may_set_up(request: Request, token: str) -> bool:
    """May this request set up the server? Yes with the link's token, or from this very machine.

    A request that looks local may have come through a proxy. So the server's public URL must be
    local too, the browser must have used a local address, and no header may hint at a proxy.
    """
    found = await server(request).database.read(invitations.link, token_hash(token), now_ms())
    if found is not None and found.purpose == "setup":
        return True
    hosts = (
        request.client.host if request.client else "",
        request.url.hostname or "",
        urlsplit(server(request).settings.public_url).hostname or "",
    )
    return all(map(_is_local, hosts)) and not any(map(request.headers.get, _FORWARDED))


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _page(request: Request, shown: FormErrors) -> Response:
    return render(request, "setup.html", shown, **choices())


async def _refused(request: Request) -> Response:
    return await message(
        request,
        403,
        "Open the setup link from the server’s log",
        "This server has no owner yet. When “trk serve” starts, it writes a setup link to its log. "
        "The link works for 7 days; restart the server to get a new one.",
        PageLink("/admin/setup", "Check again"),
    )


async def _already_set_up(request: Request) -> Response:
    return await message(
        request,
        409,
        "This server already has an owner",
        "Somebody has already set it up. Sign in, or ask them for an invitation.",
    )


OPEN = [Route("GET", "/setup", show_setup), Route("POST", "/setup", set_up_server)]
"""Pages that need no sign-in."""
