"""The campaign's page: entering, completing actions, and going to an action's page."""

from __future__ import annotations

import secrets
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.keys import token_hash
from trk.core.query import ascii_only, with_parameter
from trk.store import actions, entrant_sessions, links, xrefs
from trk.store.status import PollResult
from trk.web.campaign import answers, entry
from trk.web.campaign.arrival import keep_ticket, remember_arrived, settle
from trk.web.campaign.entry import Mailed
from trk.web.campaign.frame import framing_refused
from trk.web.campaign.lookup import NothingHere, campaign_of
from trk.web.campaign.session import (
    forget,
    remember,
    remember_browser,
    remember_language,
    remember_leaving,
    remember_referrer,
)
from trk.web.campaign.view import FROM_HERE, Asked, load_view, render_view
from trk.web.campaign.visit import Visit, by_cookies, by_form, may_frame
from trk.web.forms import FormErrors
from trk.web.server import server

_ASKED: dict[str, Asked] = {"sent": "sent", "lately": "lately"}


async def redirect_to_page(request: Request) -> Response:
    """Redirect `/{key}` to the readable URL."""
    campaign = await campaign_of(request)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{campaign.key}/{campaign.slug}{query}", 302)


async def show_page(request: Request) -> Response:
    """The campaign's page. The ticket of a click leaves the URL for a cookie, and so does the
    entrant by whose link they come. The language that somebody chooses is kept in a cookie and
    stays in the URL: who keeps no cookies, such as a search engine, reads the page in it, too."""
    visit = by_cookies(request, request.path_params["key"])
    chosen = request.query_params.get("lang", "")
    visit = replace(visit, language=chosen or visit.language)
    seen = await load_view(request, visit)
    known = chosen in seen.campaign.languages
    in_it = f"?lang={chosen}" if known else ""
    path = f"/{visit.key}/{seen.campaign.slug}{in_it}"
    # What it puts into cookies is this visitor's alone.
    clean = RedirectResponse(path, 302, {"cache-control": "private, no-store"})
    referrer = request.query_params.get("ref", "")
    if referrer and request.method != "HEAD":
        remember_referrer(clean, request, visit.key, referrer)
    if "visitor" in request.query_params:
        keep_ticket(request, clean, visit, request.query_params["visitor"])
        return clean
    if request.path_params["slug"] != seen.campaign.slug or referrer or (chosen and not known):
        return clean
    asked = _ASKED.get(request.query_params.get("mail", ""))
    response = await _settled(request, visit, seen, asked=asked)
    if known:
        remember_language(response, request, visit.key, chosen)
    return response


async def enter_campaign(request: Request) -> Response:
    """Enter with name, e-mail and what else is asked; what the visitor did before counts right
    away."""
    async with request.form(max_files=0, max_fields=40) as form:
        visit = by_form(request, request.path_params["key"], form)
        seen = await load_view(request, visit)
        if visit.framed and not may_frame(seen.campaign, visit.origin):
            return await framing_refused(request, seen.campaign, visit.origin)
        tried = await entry.enter(request, seen.campaign, form, visit)
    if isinstance(tried, FormErrors):
        return await _settled(request, visit, seen, tried)
    entered, arrived = tried
    if isinstance(entered, Mailed):
        response = await render_view(request, seen, visit, mailed=entered.email)
    elif visit.framed:
        return await _framed_page(request, replace(visit, token=entered), "entered")
    else:
        response = RedirectResponse(f"/{visit.key}/{seen.campaign.slug}", 303)
        remember(response, request, visit.key, entered)
    if not visit.framed:
        remember_browser(response, request, visit.key, visit.browser)
        remember_arrived(request, response, visit.key, arrived)
    return response


async def leave_campaign(request: Request) -> Response:
    """End what is open in this browser, so that somebody else can enter."""
    async with request.form(max_files=0, max_fields=20) as form:
        visit = by_form(request, request.path_params["key"], form)
    seen = await load_view(request, visit)
    browser = token_hash(visit.browser)
    await server(request).database.write(
        entrant_sessions.leave, seen.campaign, visit.session_hash, browser
    )
    if visit.framed:
        return await _framed_page(request, replace(visit, token=""), "")
    response = RedirectResponse(f"/{visit.key}/{seen.campaign.slug}", 303)
    forget(response, request, visit.key)
    if seen.entrant_id is not None:
        theirs = await server(request).database.write(
            links.leave, seen.campaign, visit.came.visitors, seen.entrant_id
        )
        remember_leaving(response, request, visit.key, theirs)
    return response


async def complete_action(request: Request) -> Response:
    """Complete an action by an answer, or on one's word (`I'll know`)."""
    wanted = request.path_params["action"]
    async with request.form(max_files=0, max_fields=20) as form:
        visit = by_form(request, request.path_params["key"], form)
        seen = await load_view(request, visit)
        action = next((a for a in seen.actions if str(a.id) == wanted), None)
        if action is None:
            raise NothingHere
        if visit.framed and not may_frame(seen.campaign, visit.origin):
            return await framing_refused(request, seen.campaign, visit.origin)
        if seen.entrant_id is not None:
            mistakes = await answers.complete(request, seen, action, form)
            if mistakes is not None:
                return await render_view(request, seen, visit, mistakes)
    if visit.framed:
        # Without a session nothing was done.
        done = str(action.id) if seen.entrant_id is not None else ""
        return await _framed_page(request, visit, done)
    return RedirectResponse(f"/{visit.key}/{seen.campaign.slug}#action-{action.id}", 303)


async def go_to_action(request: Request) -> Response:
    """Redirect to an action's own URL, with a one-time token that links the visitor there, unless
    the entrant has got many of them lately.

    The page links to it; in a frame it submits a form instead.
    """
    campaign = await campaign_of(request)
    async with request.form(max_files=0, max_fields=20) as form:
        visit = by_form(request, campaign.key, form)
    database = server(request).database
    found = await database.read(actions.of_campaign, campaign.id)
    action = next((a for a in found if str(a.id) == request.path_params["action"]), None)
    if action is None or not action.url:
        raise NothingHere
    entrant = None
    if visit.session_hash is not None:
        entrant = await database.read(
            entrant_sessions.by_session, campaign, visit.session_hash, now_ms()
        )
    if entrant is None:
        return RedirectResponse(f"/{campaign.key}/{campaign.slug}", 303)
    # Who only looks where it leads gets no token; nor does anybody from the wrong database.
    if request.method == "HEAD" or server(request).writer.doubt:
        return RedirectResponse(action.url, 303, {"cache-control": "no-store", **FROM_HERE})
    token = secrets.token_urlsafe(24)
    minted = await database.write(
        xrefs.mint, campaign, entrant.id, action.id, token_hash(token), now_ms()
    )
    target = with_parameter(action.url, f"xref={token}") if minted else ascii_only(action.url)
    # Not a RedirectResponse, which would encode some of what the address has.
    return Response(None, 303, {"location": target, "cache-control": "no-store", **FROM_HERE})


async def _settled(
    request: Request,
    visit: Visit,
    seen: PollResult,
    mistakes: FormErrors | None = None,
    *,
    asked: Asked | None = None,
) -> Response:
    """The page, once it is settled who the browser is on the site."""
    arrived = None if visit.framed else await settle(request, visit, seen)
    if arrived is None:
        return await render_view(request, seen, visit, mistakes, asked=asked)
    seen = await load_view(request, visit)
    response = await render_view(request, seen, visit, mistakes, asked=asked)
    remember_arrived(request, response, visit.key, arrived)
    return response


async def _framed_page(request: Request, visit: Visit, news: str) -> Response:
    """The framed page after a change: in a frame there is no URL to redirect to."""
    return await render_view(request, await load_view(request, visit), visit, news=news)
