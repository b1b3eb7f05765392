"""The campaign's page: entering, the actions with their state, and the way to the shop."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import nh3
from email_validator import EmailNotValidError, validate_email
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from backend.core.campaign import Campaign, state_at
from backend.core.keys import is_visitor, token_hash
from backend.core.status import status_of
from backend.store import campaigns, entrants, links
from backend.store.status import Poll, Seen, total_entries
from backend.web.session import remember, remember_visitor, session_hash, visitor_of

_markdown = MarkdownIt("js-default", {"linkify": False})


def _rich(text: str) -> Markup:
    """An owner's Markdown as safe HTML."""
    return Markup(nh3.clean(_markdown.render(text)))


templates = Jinja2Templates(Path(__file__).parent.parent / "templates")
templates.env.filters["rich"] = _rich


def _now() -> int:
    return time.time_ns() // 1_000_000


async def home(request: Request) -> Response:
    """`/{key}` leads to the readable address."""
    campaign = await _campaign(request)
    if campaign is None:
        return _missing(request)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{campaign.key}/{campaign.slug}{query}", 302)


async def page(request: Request) -> Response:
    """The campaign's page. A visitor id in the address is kept in a cookie and taken out."""
    key = request.path_params["key"]
    seen = await request.app.state.status.see(Poll(key, session_hash(request, key)))
    if seen is None:
        return _missing(request)
    if "visitor" in request.query_params:
        return await _visited(request, seen)
    return await _render(request, seen)


async def enter(request: Request) -> Response:
    """Enter with name and e-mail; what the visitor did before counts at once."""
    key = request.path_params["key"]
    seen = await request.app.state.status.see(Poll(key, session_hash(request, key)))
    if seen is None:
        return _missing(request)
    form = await request.form()
    name, email = str(form.get("name", "")).strip(), str(form.get("email", "")).strip()
    mistakes = {}
    if not 1 <= len(name) <= 100 or not name.isprintable():
        mistakes["name"] = "Please give your name, with at most 100 characters."
    try:
        email = validate_email(email, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        mistakes["email"] = "Please give an e-mail address such as name@example.org."
    if not mistakes and state_at(seen.campaign, _now()) != "open":
        mistakes["email"] = "This campaign is not open now."
    if not mistakes:
        token = secrets.token_urlsafe(32)
        entrant = await request.app.state.database.write(
            entrants.enter(
                seen.campaign,
                name=name,
                email=email,
                session_hash=token_hash(token),
                visitor=visitor_of(request, key),
                now=_now(),
            )
        )
        if entrant is not None:
            response = RedirectResponse(f"/{key}/{seen.campaign.slug}", 303)
            remember(response, request, key, token)
            return response
        mistakes["email"] = (
            "This e-mail has entered already, from another browser. Please use that browser."
        )
    typed = {"name": name, "email": email}
    return await _render(request, seen, mistakes=mistakes, typed=typed, status_code=400)


async def go(request: Request) -> Response:
    """To an action's own address, with a one-time token that links the visitor there."""
    campaign = await _campaign(request)
    if campaign is None:
        return _missing(request)
    database = request.app.state.database
    actions = await database.read(campaigns.actions_of([campaign.id]))
    action = next((a for a in actions if str(a.id) == request.path_params["action"]), None)
    if action is None or not action.url:
        return _missing(request)
    session = session_hash(request, campaign.key)
    entrant = session and await database.read(entrants.by_session(campaign, session))
    if not entrant:
        return RedirectResponse(f"/{campaign.key}/{campaign.slug}", 303)
    token = secrets.token_urlsafe(24)
    await database.write(
        links.mint_xref(campaign, entrant.id, action.id, token_hash(token), _now())
    )
    url = urlsplit(action.url)
    query = urlencode([*parse_qsl(url.query, keep_blank_values=True), ("xref", token)])
    target = urlunsplit(url._replace(query=query))
    return RedirectResponse(target, 302, {"cache-control": "no-store"})


async def _visited(request: Request, seen: Seen) -> Response:
    campaign, visitor = seen.campaign, request.query_params["visitor"]
    response = RedirectResponse(f"/{campaign.key}/{campaign.slug}", 302)
    if is_visitor(visitor):
        remember_visitor(response, request, campaign.key, visitor)
        if seen.entrant_id is not None:
            await request.app.state.database.write(
                entrants.link_visit(campaign, visitor, seen.entrant_id, _now())
            )
    return response


async def _campaign(request: Request) -> Campaign | None:
    found: Campaign | None = await request.app.state.database.read(
        campaigns.by_key(request.path_params["key"])
    )
    return found


async def _render(
    request: Request,
    seen: Seen,
    *,
    mistakes: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    status_code: int = 200,
) -> Response:
    database = request.app.state.database
    status = status_of(seen.campaign, seen.actions, seen.completions, _now())
    total = (
        await database.read(total_entries(seen.campaign)) if seen.campaign.show_entries else None
    )
    return templates.TemplateResponse(
        request,
        "campaign.html",
        {
            "campaign": seen.campaign,
            "actions": list(zip(seen.actions, status.actions, strict=True)),
            "status": status,
            "entered": seen.entrant_id is not None,
            "total": total,
            "mistakes": mistakes or {},
            "typed": typed or {},
        },
        status_code,
        {"cache-control": "private, no-store"},
    )


def _missing(request: Request) -> Response:
    return templates.TemplateResponse(request, "missing.html", {}, 404)
