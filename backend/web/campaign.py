"""The campaign's page: entering, the actions with their state, and the way to the shop."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from backend.clock import now_ms
from backend.core.colour import theme
from backend.core.keys import is_visitor, token_hash
from backend.core.status import status_of
from backend.core.timing import timing_at
from backend.store import campaigns, entrants, links
from backend.store.status import Poll, Seen, total_entries
from backend.web import answering, entering
from backend.web.addressed import campaign_of
from backend.web.entering import Mailed, Mistakes
from backend.web.pages import message, page_policy, templates
from backend.web.session import remember, remember_visitor, session_hash, visitor_of


async def home(request: Request) -> Response:
    """`/{key}` leads to the readable address."""
    campaign = await campaign_of(request)
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
    if request.path_params["slug"] != seen.campaign.slug:
        return RedirectResponse(f"/{key}/{seen.campaign.slug}", 302)
    return await _render(request, seen)


async def enter(request: Request) -> Response:
    """Enter with name and e-mail; what the visitor did before counts at once."""
    key = request.path_params["key"]
    seen = await request.app.state.status.see(Poll(key, session_hash(request, key)))
    if seen is None:
        return _missing(request)
    async with request.form(max_files=0, max_fields=20) as form:
        tried = await entering.attempt(request, seen.campaign, form, visitor_of(request, key))
    if isinstance(tried, Mistakes):
        return await _render(request, seen, tried)
    if isinstance(tried, Mailed):
        return await _render(request, seen, mailed=tried.email)
    response = RedirectResponse(f"/{key}/{seen.campaign.slug}", 303)
    remember(response, request, key, tried)
    return response


async def answer(request: Request) -> Response:
    """Complete an action by an answer, or by saying so (`I'll know`)."""
    key = request.path_params["key"]
    seen = await request.app.state.status.see(Poll(key, session_hash(request, key)))
    wanted = request.path_params["action"]
    action = seen and next((a for a in seen.actions if str(a.id) == wanted), None)
    if seen is None or action is None:
        return _missing(request)
    if seen.entrant_id is not None:
        async with request.form(max_files=0, max_fields=20) as form:
            mistakes = await answering.attempt(request, seen, action, form)
        if mistakes is not None:
            return await _render(request, seen, mistakes)
    return RedirectResponse(f"/{key}/{seen.campaign.slug}#action-{action.id}", 303)


async def go(request: Request) -> Response:
    """To an action's own address, with a one-time token that links the visitor there."""
    campaign = await campaign_of(request)
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
        links.mint_xref(campaign, entrant.id, action.id, token_hash(token), now_ms())
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
                entrants.link_visit(campaign, visitor, seen.entrant_id, now_ms())
            )
    return response


async def _render(
    request: Request, seen: Seen, mistakes: Mistakes | None = None, mailed: str = ""
) -> Response:
    database, now = request.app.state.database, now_ms()
    status = status_of(seen.campaign, seen.actions, seen.completions, now)
    total = (
        await database.read(total_entries(seen.campaign)) if seen.campaign.show_entries else None
    )
    session = session_hash(request, seen.campaign.key)
    entrant = session and await database.read(entrants.by_session(seen.campaign, session))
    style = theme(seen.campaign.accent) if seen.campaign.accent else ""
    return templates.TemplateResponse(
        request,
        "campaign.html",
        {
            "campaign": seen.campaign,
            "theme": style,
            "timing": timing_at(seen.campaign, now),
            "entrant": entrant,
            "done": sum(action.state == "done" for action in status.actions),
            "actions": list(zip(seen.actions, status.actions, strict=True)),
            "status": status,
            "entered": seen.entrant_id is not None,
            "total": total,
            "mailed": mailed,
            "mistakes": mistakes.at if mistakes else {},
            "typed": mistakes.typed if mistakes else {},
        },
        mistakes.status_code if mistakes else 200,
        {"cache-control": "private, no-store", "content-security-policy": page_policy(style)},
    )


def _missing(request: Request) -> Response:
    return message(
        request,
        404,
        "There is nothing here",
        "No campaign or action has this address. Please check the link you followed.",
    )
