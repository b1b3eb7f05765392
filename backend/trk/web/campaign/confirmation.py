"""Coming back from another browser: the mailed link, and the button behind it.

Opening the link changes nothing, because mail programs and scanners open links too.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.core.query import with_parameter
from trk.store import confirmations, entrants
from trk.web.campaign.frame import framing_refused
from trk.web.campaign.lookup import NothingHere, find_campaign
from trk.web.campaign.session import remember
from trk.web.campaign.view import Asked, load_view, render_view
from trk.web.campaign.visit import Visit, by_cookies, by_form, may_frame, origin_of
from trk.web.pages import Link, message, templates
from trk.web.server import server


def new_link(request: Request, visit: Visit, campaign: Campaign) -> confirmations.Link:
    """A link to be mailed to an entrant.

    One who asked from a customer's page is led back to it, if the owner allows its origin.
    """
    token = secrets.token_urlsafe(24)
    url = f"{server(request).settings.public_url}/{campaign.key}/confirm/{token}"
    page = visit.page if may_frame(campaign, origin_of(visit.page)) else ""
    return confirmations.Link(token_hash(token), url, page)


async def mail_confirmation(request: Request, visit: Visit, campaign: Campaign, email: str) -> bool:
    """Queue a mail with a link to the entrant with this e-mail; False if one has just been
    queued."""
    app, link = server(request), new_link(request, visit, campaign)
    queued: bool = await app.database.write(confirmations.ask, campaign, email, *link, now_ms())
    app.mailer.wake()
    return queued


async def mail_again(request: Request) -> Response:
    """The page, with the mail sent once more that an entrant needs to confirm their e-mail."""
    async with request.form(max_files=0, max_fields=20) as form:
        visit = by_form(request, request.path_params["key"], form)
    seen = await load_view(request, visit)
    if visit.framed and not may_frame(seen.campaign, visit.origin):
        return framing_refused(request, seen.campaign, visit.origin)
    if visit.session_hash is None or seen.entrant_id is None or seen.confirmed:
        return await render_view(request, seen, visit)
    entrant = await server(request).database.read(
        entrants.by_session, seen.campaign, visit.session_hash
    )
    if entrant is None:
        raise NothingHere
    queued = await mail_confirmation(request, visit, seen.campaign, entrant.email)
    asked: Asked = "sent" if queued else "lately"
    if visit.framed:
        return await render_view(request, seen, visit, asked=asked)
    return RedirectResponse(f"/{visit.key}/{seen.campaign.slug}?mail={asked}#confirm", 303)


async def show_confirmation(request: Request) -> Response:
    """The page behind the mailed link, with the button to confirm."""
    campaign = await find_campaign(request)
    hashed = token_hash(request.path_params["token"])
    if campaign is None:
        return _dead_link(request)
    opens = await server(request).database.read(confirmations.opens, campaign, hashed, now_ms())
    if opens is None:
        return _dead_link(request)
    first = campaign.confirmed_only and opens == "first"
    return templates.TemplateResponse(
        request,
        "confirm.html",
        {"campaign": campaign, "token": request.path_params["token"], "first": first},
        headers={"cache-control": "private, no-store", "referrer-policy": "no-referrer"},
    )


async def confirm_entrant(request: Request) -> Response:
    """Open a session in this browser, if the link is still good."""
    campaign = await find_campaign(request)
    if campaign is None:
        return _dead_link(request)
    database, session = server(request).database, secrets.token_urlsafe(32)
    visit = by_cookies(request, campaign.key)
    used = await database.write(
        confirmations.use,
        campaign,
        token_hash(request.path_params["token"]),
        session_hash=token_hash(session),
        visitor=visit.visitor,
        now=now_ms(),
        by_address=visit.by_address,
    )
    if used is None:
        return _dead_link(request)
    server(request).mailer.wake()  # the reward that waited for it
    if may_frame(campaign, origin_of(used.page)):
        token = secrets.token_urlsafe(24)
        await database.write(confirmations.hand_over, used.entrant_id, token_hash(token), now_ms())
        response = _back_to(request, used.page, f"{campaign.key}.{token}")
    else:
        response = RedirectResponse(f"/{campaign.key}/{campaign.slug}", 303)
    remember(response, request, campaign.key, session)
    return response


def _back_to(request: Request, page: str, handed_over: str) -> Response:
    """A link back to the customer's page, with a token by which its frame gets its own session."""
    back = with_parameter(page, f"gleam_confirmed={handed_over}")
    return message(
        request,
        200,
        "You’re in",
        "Go back to the page from which you came, and go on there.",
        Link(back, f"Back to {urlsplit(page).netloc}"),
    )


def _dead_link(request: Request) -> Response:
    return message(
        request,
        404,
        "This link can’t be used any more",
        "A link from a mail is good once, for 24 hours. Enter your e-mail on the campaign’s page "
        "again, and a new one is sent.",
    )
