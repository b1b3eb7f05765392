"""Coming back from another browser: the mailed link, and the buttons behind it.

Opening the link changes nothing, because mail programs and scanners open links too. In a browser
that did not ask for it, it opens a session only by a button, and never over another person's.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign, state_at
from trk.core.keys import token_hash
from trk.core.mail import masked
from trk.core.phrase import phrase
from trk.core.query import with_parameter
from trk.store import confirmations, entrant_sessions, translations
from trk.store.confirmations import MailedLink, NewLink
from trk.web.campaign import session
from trk.web.campaign.frame import framing_refused
from trk.web.campaign.look import look_of, render
from trk.web.campaign.lookup import NothingHere, campaign_of
from trk.web.campaign.message import message
from trk.web.campaign.view import Asked, load_view, render_view
from trk.web.campaign.visit import Visit, by_cookies, by_form, may_frame, origin_of
from trk.web.http.crawlers import NO_INDEX
from trk.web.language import spoken
from trk.web.pages import PageLink
from trk.web.server import server

_NO_LONGER = phrase("This link no longer works")
_SPENT = {
    "used": (
        _NO_LONGER,
        phrase("A link from an e-mail works once, and this one has already been used."),
    ),
    "expired": (
        _NO_LONGER,
        phrase("A link from an e-mail works for 24 hours, and this one is older."),
    ),
    None: (
        phrase("This link doesn’t work"),
        phrase("Check that it is the whole link from your e-mail."),
    ),
}
_ASK_AGAIN = phrase("To get a new one, enter your e-mail on the campaign’s page again.")
_TOO_LATE = phrase("The campaign is no longer open, so you can’t get a new one.")


def new_link(request: Request, visit: Visit, campaign: Campaign) -> NewLink:
    """A link to be mailed to an entrant.

    One who asked from a customer's page is led back to it, if the owner allows its origin.
    """
    token = secrets.token_urlsafe(24)
    url = f"{server(request).settings.public_url}/{campaign.key}/confirm/{token}"
    if len(campaign.languages) > 1:  # the page behind it is in the language of its mail
        url = f"{url}?lang={spoken(request).tag}"
    page = visit.page if may_frame(campaign, origin_of(visit.page)) else ""
    return NewLink(token_hash(token), url, page)


async def mail_link(request: Request, visit: Visit, campaign: Campaign, email: str) -> None:
    """Queue a mail with a link to the entrant with this e-mail, for a browser that has to show
    first that it is theirs, unless one has just been queued."""
    app, link = server(request), new_link(request, visit, campaign)
    asked = (campaign, email, link, now_ms(), token_hash(visit.browser))
    await app.database.write(confirmations.ask_elsewhere, *asked)
    app.mailer.wake()


async def mail_again(request: Request) -> Response:
    """The page, with the mail sent once more that an entrant needs to confirm their e-mail."""
    async with request.form(max_files=0, max_fields=20) as form:
        visit = by_form(request, request.path_params["key"], form)
    seen = await load_view(request, visit)
    if visit.framed and not may_frame(seen.campaign, visit.origin):
        return await framing_refused(request, seen.campaign, visit.origin)
    if visit.session_hash is None or seen.entrant_id is None or seen.confirmed:
        return await render_view(request, seen, visit)
    app, now = server(request), now_ms()
    entrant = await app.database.read(
        entrant_sessions.by_session, seen.campaign, visit.session_hash, now
    )
    if entrant is None:
        raise NothingHere
    link = (*new_link(request, visit, seen.campaign), now, token_hash(visit.browser))
    queued = await app.database.write(confirmations.ask, seen.campaign, entrant.email, *link)
    app.mailer.wake()
    asked: Asked = "sent" if queued else "lately"
    if visit.framed:
        return await render_view(request, seen, visit, asked=asked)
    response = RedirectResponse(f"/{visit.key}/{seen.campaign.slug}?mail={asked}#confirm", 303)
    session.remember_browser(response, request, visit.key, visit.browser)
    return response


async def show_confirmation(request: Request) -> Response:
    """The page behind the mailed link: for whom it is, and the buttons that use it."""
    campaign = await campaign_of(request)
    visit = by_cookies(request, campaign.key)
    link = await _link(request, campaign, visit)
    if link is None:
        return await _dead_link(request, campaign)
    return await _question(request, campaign, link)


async def confirm_entrant(request: Request) -> Response:
    """Use the link: go back to the customer's page in which it was asked for, or go on `here`, on
    the campaign's own page."""
    campaign = await campaign_of(request)
    async with request.form(max_files=0, max_fields=20) as form:
        go_on_here = form.get("to") == "here"
    visit = by_cookies(request, campaign.key)
    link = await _link(request, campaign, visit)
    if link is None:
        return await _dead_link(request, campaign)
    database, hashed = server(request).database, token_hash(request.path_params["token"])
    token = secrets.token_urlsafe(32)
    asked = (campaign, hashed, visit.here, token_hash(token), now_ms())
    if _site(campaign, link) and not go_on_here:
        if await database.write(confirmations.go_back, *asked) is None:
            return await _dead_link(request, campaign)
        server(request).mailer.wake()  # the reward that waited for it
        return await _back_to(request, link.page, f"{campaign.key}.{token}")
    if link.taken:
        return await _question(request, campaign, link, 409)
    if await database.write(confirmations.go_on_here, *asked) is None:
        return await _dead_link(request, campaign)
    server(request).mailer.wake()
    response = RedirectResponse(f"/{campaign.key}/{campaign.slug}", 303)
    session.remember(response, request, campaign.key, token)
    session.remember_browser(response, request, campaign.key, visit.browser)
    if not link.known:
        # Whoever was sent the link is not made somebody else with all that they did before.
        session.forget_who_came(response, request, campaign.key)
    return response


async def _link(request: Request, campaign: Campaign, visit: Visit) -> MailedLink | None:
    hashed = token_hash(request.path_params["token"])
    database = server(request).database
    return await database.read(confirmations.find, campaign, hashed, visit.here, now_ms())


def _site(campaign: Campaign, link: MailedLink) -> str:
    """The host of the customer's page to which the link leads back, or nothing."""
    return urlsplit(link.page).netloc if may_frame(campaign, origin_of(link.page)) else ""


async def _question(
    request: Request, campaign: Campaign, link: MailedLink, status_code: int = 200
) -> Response:
    database, tag = server(request).database, spoken(request).tag
    said = await database.read(translations.campaign_in, campaign, tag)
    return render(
        request,
        "confirm.html",
        await look_of(request, said),
        {
            "token": request.path_params["token"],
            "email": masked(link.email),
            "link": link,
            "first": campaign.confirmed_only and link.first,
            "site": _site(campaign, link),
        },
        status_code,
        {"cache-control": "private, no-store", "referrer-policy": "no-referrer", **NO_INDEX},
    )


async def _back_to(request: Request, page: str, handed_over: str) -> Response:
    """A link back to the customer's page, with a token by which its frame gets its own session."""
    back = with_parameter(page, f"gleam_confirmed={handed_over}")
    said = phrase(
        "Go back to the page you came from, and continue there. It only recognises you in the "
        "browser in which you asked for the link."
    )
    link = PageLink(back, phrase("Back to %(site)s", site=urlsplit(page).netloc))
    return await message(request, 200, phrase("You’re in"), said, link)


async def _dead_link(request: Request, campaign: Campaign) -> Response:
    """What has become of a link that can't be used, and how to get another."""
    hashed, now = token_hash(request.path_params["token"]), now_ms()
    spent = await server(request).database.read(confirmations.spent, campaign, hashed, now)
    title, happened = _SPENT[spent]
    way = _ASK_AGAIN if state_at(campaign, now) == "open" else _TOO_LATE
    said = phrase("%(happened)s %(way)s", happened=happened, way=way)
    return await message(request, 404, title, said)
