"""`/{key}/frame`: the campaign's page in a frame of a customer's page (sdk/trk_sdk/src/frame.js).

It is first requested without saying who the visitor is. Its script (static/frame.js) then asks the
customer's page for session and visitor, and requests the entrant's page by submitting a form.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.core.phrase import phrase
from trk.core.rejection import shown
from trk.store import confirmations, entrants
from trk.store.status import PollResult
from trk.web.campaign.message import message
from trk.web.campaign.view import load_view, render_view
from trk.web.campaign.visit import Visit, by_form, may_frame
from trk.web.language import spoken
from trk.web.server import server


async def show_frame(request: Request) -> Response:
    """The page for someone who has not entered; its script finds out who the visitor is."""
    asked = request.query_params
    visit = Visit(
        request.path_params["key"],
        token="",
        origin=asked.get("origin", "?"),
        scheme=asked.get("scheme", ""),
        language=asked.get("lang", ""),
    )
    seen = await load_view(request, visit)
    if not may_frame(seen.campaign, visit.origin):
        return await framing_refused(request, seen.campaign, visit.origin)
    return await render_view(request, seen, visit, news="asking")


async def resume_session(request: Request) -> Response:
    """The page for the session that the customer's page has kept; links its visitor."""
    async with request.form(max_files=0, max_fields=20) as form:
        visit = by_form(request, request.path_params["key"], form)
        handed_over = form.get("confirmed")
    seen = await load_view(request, visit)
    if not may_frame(seen.campaign, visit.origin):
        return await framing_refused(request, seen.campaign, visit.origin)
    if isinstance(handed_over, str) and handed_over:
        return await _come_back(request, visit, seen, handed_over)
    if seen.entrant_id is not None and visit.visitor is not None:
        await server(request).database.write(
            entrants.link_visit, seen.campaign, visit.visitor, seen.entrant_id, now_ms()
        )
        seen = await load_view(request, visit)
    return await render_view(request, seen, visit)


async def _come_back(
    request: Request, visit: Visit, seen: PollResult, handed_over: str
) -> Response:
    """The page after a mailed link has led back to the customer's: with a session, if that is the
    browser that asked for it. The link itself links no visitor; the page does, with its session."""
    token = secrets.token_urlsafe(32)
    opened = await server(request).database.write(
        confirmations.come_back,
        seen.campaign,
        token_hash(handed_over),
        visit.here,
        token_hash(token),
        now_ms(),
    )
    if not opened:
        notice = spoken(request).gettext(
            "A link from an e-mail leads back here only in the browser in which it was requested, "
            "for ten minutes, and not if somebody else has entered. Enter your e-mail here to get "
            "a new one."
        )
        return await render_view(request, seen, visit, notice=notice)
    visit = replace(visit, token=token, visitor=None)
    return await render_view(request, await load_view(request, visit), visit)


async def framing_refused(request: Request, campaign: Campaign, origin: str) -> Response:
    """The page shown where the owner has not allowed this origin to frame the campaign."""
    said = phrase(
        "Pages on %(origin)s may not show campaign %(key)s. Its owner can add the address to the "
        "campaign’s allowed origins.",
        origin=shown(origin),
        key=campaign.key,
    )
    return await message(request, 403, phrase("Not allowed here"), said)
