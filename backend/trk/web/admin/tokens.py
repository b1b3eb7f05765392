"""API tokens: the list, creating one (it is shown once), and revoking one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.access import ALL, MOST_DAYS, SCOPES, Scope, Token, token_mistakes
from trk.services.tokens import make_token
from trk.services.tokens import revoke_token as revoke
from trk.store import campaigns, tokens
from trk.web.admin.guard import Route
from trk.web.admin.lookup import numbered
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

SCOPE_NAMES: dict[Scope, str] = {
    "read": "Read campaigns and counts",
    "personal": "Read personal data",
    "write": "Create and change",
    "beacons": "Report actions",
    "draw": "Draw winners",
    "accounts": "Manage tokens and owners",
    "audit": "Read the audit log",
}
"""Scopes, as owners see them."""
_NONE = "-"
"""The value for "no campaign chosen yet"; no campaign has this key."""
_NEW = {"read": "on", "days": "365"}


async def list_tokens(request: Request) -> Response:
    """List all tokens, with the form to create one."""
    return await _page(request, FormErrors({}, _NEW, 200))


async def create_token(request: Request) -> Response:
    """Create a token; it is shown only once."""
    form = request.state.form
    database = server(request).database
    name, key = form.get("name", "").strip(), form.get("campaign", "")
    # Only known scopes: the form may hold anything.
    scopes = [scope for scope in ALL if scope in form]
    days = _days(form)
    mistakes = token_mistakes(name=name, scopes=scopes, days=days)
    if key and key not in dict(await database.read(campaigns.names)):
        mistakes["campaign"] = "This campaign no longer exists. Choose another."
    if mistakes:
        raise Mistaken(mistakes)
    made = await database.write(
        make_token, name, scopes=scopes, days=days, campaign_key=key or None
    )
    return await _page(request, FormErrors({}, _NEW, 200), named=name, made=made.token)


def _days(form: Mapping[str, str]) -> int | None:
    """How many days; None if left empty, 0 (which is invalid) if it is not a number."""
    text = form.get("days", "").strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


async def ask_token_revocation(request: Request) -> Response:
    """Ask for confirmation before revoking a token."""
    return render(request, "revoke_token.html", section="tokens", token=await _token(request))


async def revoke_token(request: Request) -> Response:
    """Revoke a token, with immediate effect."""
    token = await _token(request)
    await server(request).database.write(revoke, token.id)
    return RedirectResponse("/admin/tokens?revoked", 303)


async def _token(request: Request) -> Token:
    return await numbered(
        request, "token", tokens.by_id, "there is no such token; it may have been revoked"
    )


async def _page(
    request: Request, shown: FormErrors, *, named: str = "", made: str = ""
) -> Response:
    database, now = server(request).database, now_ms()
    names = dict(await database.read(campaigns.names))
    typed = {"campaign": "", **shown.typed}
    choices = [("", "All campaigns"), *names.items()]
    if typed["campaign"] not in dict(choices):
        # Otherwise the browser would preselect the first choice: a token for all campaigns, which
        # nobody asked for.
        typed["campaign"] = _NONE
        choices.insert(0, (_NONE, "Choose one"))
    found = cast("list[Token]", await database.read(tokens.every))
    return render(
        request,
        "tokens.html",
        shown,
        section="tokens",
        tokens=[(each, each.expired(now)) for each in reversed(found)],
        campaigns=names,
        choices=choices,
        scopes=[(each, SCOPE_NAMES[each], SCOPES[each]) for each in ALL],
        names=SCOPE_NAMES,
        most_days=MOST_DAYS,
        named=named,
        made=made,
        revoked="revoked" in request.query_params and request.method == "GET",
        typed=typed,
    )


TABLE = [
    Route("GET", "/tokens", list_tokens),
    Route("POST", "/tokens", create_token, again=_page, proved=True),
    Route("GET", "/tokens/{token}/revoke", ask_token_revocation),
    Route("POST", "/tokens/{token}/revoke", revoke_token, "/admin/tokens", proved=True),
]
