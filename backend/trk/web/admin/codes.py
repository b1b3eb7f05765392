"""A reward's codes: how many are left, and adding more."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.reward import CodesError, codes_in
from trk.services.codes import add_codes as add
from trk.store import rewards
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, campaign_of
from trk.web.admin.pages import render
from trk.web.forms import FormErrors
from trk.web.http.limits import MAX_BODY
from trk.web.server import server


async def show_codes(request: Request) -> Response:
    """How many codes are left, and the form to add more."""
    return await _page(request, await campaign_of(request), FormErrors({}, {}, 200))


async def add_codes(request: Request) -> Response:
    """Add codes from a file, the text field, or both; known ones are ignored."""
    campaign, form = await campaign_of(request), request.state.form
    if request.state.too_large:
        said = f"This is over 1 MB ({MAX_BODY} bytes). Please add the list in parts."
        return await _page(request, campaign, FormErrors({"file": said}, form, 413))
    given = f"{form.get('file', '')}\n{form.get('codes', '')}"
    if request.state.redisplay:  # a file field can't be pre-filled
        return await _page(request, campaign, FormErrors({}, {"codes": given.strip()}, 200))
    if campaign.reward_kind != "codes":
        said = "This campaign gives no codes of its own. Choose that in its settings first."
        return await _page(request, campaign, FormErrors({"codes": said}, form))
    try:
        codes = codes_in(given)
    except CodesError as mistake:
        return await _page(request, campaign, FormErrors({"codes": str(mistake)}, form))
    added = await server(request).database.write(add, campaign, codes)
    server(request).mailer.wake()
    return await _page(request, campaign, FormErrors({}, {}, 200), (len(codes), added))


async def _page(
    request: Request, campaign: Campaign, shown: FormErrors, done: tuple[int, int] | None = None
) -> Response:
    return render(
        request,
        "codes.html",
        shown,
        campaign=campaign,
        tab="Codes",
        supply=await server(request).database.read(rewards.supply, campaign),
        done=done,
    )


TABLE = [
    Route("GET", f"{ONE}/codes", show_codes),
    Route("POST", f"{ONE}/codes", add_codes, uploads=True),
]
