"""The campaign's page: entering, the actions with their state, and the way to the shop."""

from __future__ import annotations

import secrets
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.keys import is_visitor, token_hash
from trk.store import actions, entrants, links
from trk.store.status import Seen
from trk.web.campaign import answers, entry
from trk.web.campaign.entry import Mailed, Mistakes
from trk.web.campaign.frame import not_allowed
from trk.web.campaign.lookup import campaign_of
from trk.web.campaign.session import forget, remember, remember_visitor
from trk.web.campaign.view import missing, see, show
from trk.web.campaign.visit import Visit, by_cookies, by_form, may_frame
from trk.web.server import server


async def home(request: Request) -> Response:
    """`/{key}` leads to the readable address."""
    campaign = await campaign_of(request)
    if campaign is None:
        return missing(request)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{campaign.key}/{campaign.slug}{query}", 302)


async def page(request: Request) -> Response:
    """The campaign's page. A visitor id in the address is kept in a cookie and taken out."""
    visit = by_cookies(request, request.path_params["key"])
    seen = await see(request, visit)
    if seen is None:
        return missing(request)
    if "visitor" in request.query_params:
        return await _visited(request, seen)
    if request.path_params["slug"] != seen.campaign.slug:
        return RedirectResponse(f"/{visit.key}/{seen.campaign.slug}", 302)
    return await show(request, seen, visit)


async def enter(request: Request) -> Response:
    """Enter with name and e-mail; what the visitor did before counts at once."""
    async with request.form(max_files=0, max_fields=20) as form:
        visit = by_form(request, request.path_params["key"], form)
        seen = await see(request, visit)
        if seen is None:
            return missing(request)
        if visit.framed and not may_frame(seen.campaign, visit.origin):
            return not_allowed(request, seen.campaign, visit.origin)
        tried = await entry.attempt(request, seen.campaign, form, visit)
    if isinstance(tried, Mistakes):
        return await show(request, seen, visit, tried)
    if isinstance(tried, Mailed):
        return await show(request, seen, visit, mailed=tried.email)
    if visit.framed:
        return await _framed(request, replace(visit, token=tried), "entered")
    response = RedirectResponse(f"/{visit.key}/{seen.campaign.slug}", 303)
    remember(response, request, visit.key, tried)
    return response


async def leave(request: Request) -> Response:
    """End the session in this browser: another person can enter, or nobody."""
    async with request.form(max_files=0, max_fields=20) as form:
        visit = by_form(request, request.path_params["key"], form)
    seen = await see(request, visit)
    if seen is None:
        return missing(request)
    if visit.session_hash is not None:
        await server(request).database.write(entrants.leave, visit.session_hash)
    if visit.framed:
        return await _framed(request, replace(visit, token=""), "")
    response = RedirectResponse(f"/{visit.key}/{seen.campaign.slug}", 303)
    forget(response, request, visit.key)
    return response


async def answer(request: Request) -> Response:
    """Complete an action by an answer, or by saying so (`I'll know`)."""
    wanted = request.path_params["action"]
    async with request.form(max_files=0, max_fields=20) as form:
        visit = by_form(request, request.path_params["key"], form)
        seen = await see(request, visit)
        action = seen and next((a for a in seen.actions if str(a.id) == wanted), None)
        if seen is None or action is None:
            return missing(request)
        if visit.framed and not may_frame(seen.campaign, visit.origin):
            return not_allowed(request, seen.campaign, visit.origin)
        if seen.entrant_id is not None:
            mistakes = await answers.attempt(request, seen, action, form)
            if mistakes is not None:
                return await show(request, seen, visit, mistakes)
    if visit.framed:
        return await _framed(request, visit, str(action.id))
    return RedirectResponse(f"/{visit.key}/{seen.campaign.slug}#action-{action.id}", 303)


async def go(request: Request) -> Response:
    """To an action's own address, with a one-time token that links the visitor there.

    A link of the page by itself, a form of the page in a frame.
    """
    campaign = await campaign_of(request)
    if campaign is None:
        return missing(request)
    async with request.form(max_files=0, max_fields=20) as form:
        visit = by_form(request, campaign.key, form)
    database = server(request).database
    found = await database.read(actions.of_campaigns, [campaign.id])
    action = next((a for a in found if str(a.id) == request.path_params["action"]), None)
    if action is None or not action.url:
        return missing(request)
    entrant = None
    if visit.session_hash is not None:
        entrant = await database.read(entrants.by_session, campaign, visit.session_hash)
    if entrant is None:
        return RedirectResponse(f"/{campaign.key}/{campaign.slug}", 303)
    token = secrets.token_urlsafe(24)
    await database.write(
        links.mint_xref, campaign, entrant.id, action.id, token_hash(token), now_ms()
    )
    url = urlsplit(action.url)
    query = urlencode([*parse_qsl(url.query, keep_blank_values=True), ("xref", token)])
    target = urlunsplit(url._replace(query=query))
    return RedirectResponse(target, 303, {"cache-control": "no-store"})


async def _visited(request: Request, seen: Seen) -> Response:
    campaign, visitor = seen.campaign, request.query_params["visitor"]
    response = RedirectResponse(f"/{campaign.key}/{campaign.slug}", 302)
    if is_visitor(visitor):
        remember_visitor(response, request, campaign.key, visitor)
        if seen.entrant_id is not None:
            await server(request).database.write(
                entrants.link_visit, campaign, visitor, seen.entrant_id, now_ms()
            )
    return response


async def _framed(request: Request, visit: Visit, news: str) -> Response:
    """The page in a frame after something has changed: there is no address to go back to."""
    seen = await see(request, visit)
    return missing(request) if seen is None else await show(request, seen, visit, news=news)
