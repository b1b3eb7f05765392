"""Coming back from another browser: the mailed link, and the button behind it.

Opening the link changes nothing, because mail programs and scanners open links too.
"""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.store import confirmations
from trk.web.campaign.lookup import find_campaign
from trk.web.campaign.session import remember
from trk.web.campaign.visit import Visit, by_cookies, may_frame, origin_of
from trk.web.pages import Link, message, templates
from trk.web.server import server


async def mail_confirmation(request: Request, visit: Visit, campaign: Campaign, email: str) -> None:
    """Queue a mail with a link to the entrant with this e-mail.

    An entrant who asked from a customer's page is led back to it, if the owner allows its origin.
    """
    token = secrets.token_urlsafe(24)
    app = server(request)
    url = f"{app.settings.public_url}/{campaign.key}/confirm/{token}"
    page = visit.page if may_frame(campaign, origin_of(visit.page)) else ""
    await app.database.write(
        confirmations.ask, campaign, email, token_hash(token), url, page, now_ms()
    )
    app.mailer.wake()


async def show_confirmation(request: Request) -> Response:
    """The page behind the mailed link, with the button to confirm."""
    campaign = await find_campaign(request)
    hashed = token_hash(request.path_params["token"])
    if campaign is None or not await server(request).database.read(
        confirmations.is_open, campaign, hashed, now_ms()
    ):
        return _dead_link(request)
    return templates.TemplateResponse(
        request,
        "confirm.html",
        {"campaign": campaign, "token": request.path_params["token"]},
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
        came=visit.came,
        now=now_ms(),
    )
    if used is None:
        return _dead_link(request)
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
    url = urlsplit(page)
    query = [*parse_qsl(url.query, keep_blank_values=True), ("gleam_confirmed", handed_over)]
    back = urlunsplit(url._replace(query=urlencode(query)))
    return message(
        request,
        200,
        "You’re in",
        "Go back to the page from which you came, and go on there.",
        Link(back, f"Back to {url.netloc}"),
    )


def _dead_link(request: Request) -> Response:
    return message(
        request,
        404,
        "This link can’t be used any more",
        "A link from a mail is good once, for 24 hours. Enter your e-mail on the campaign’s page "
        "again, and a new one is sent.",
    )
