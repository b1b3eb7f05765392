"""Installing a campaign: what to paste into the customer's site, and a live check that it works."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.beacon import Beacon
from trk.core.campaign import Action, Campaign
from trk.core.developer_link import good_until, is_good, token_at
from trk.core.keys import beacon_id
from trk.core.rejection import Rejection
from trk.services.campaigns import secret_shown
from trk.services.trial import try_action
from trk.store.submissions import Submission
from trk.web.admin import sightings
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, action_of, actions_of, address, campaign_of, number
from trk.web.admin.pages import render
from trk.web.forms import FormErrors
from trk.web.http.respond import JSON
from trk.web.server import server
from trk_sdk import recipes, snippet

_JUST_NOW = 60_000
"""For how long (ms) the page tells of a test."""
_EXAMPLE = "VIP"
"""The tracking name in the scripts while the campaign has no tracked action."""


async def show_install(request: Request) -> Response:
    """Everything to paste, for one of the actions, and what has arrived lately."""
    return await _page(request, await campaign_of(request))


async def show_secret(request: Request) -> Response:
    """The secret with which the customer's server signs pairs."""
    campaign = await campaign_of(request)
    await server(request).database.write(secret_shown, campaign)
    return render(request, "secret.html", campaign=campaign, tab="Install")


async def show_sightings(request: Request) -> Response:
    """What has arrived lately, as JSON; the page polls it while visible."""
    campaign = await campaign_of(request)
    actions = await actions_of(request, campaign)
    found = await server(request).database.read(sightings.latest, campaign, actions, now_ms())
    return JSON({"seen": found}, headers={"cache-control": "private, no-store"})


async def test_action(request: Request) -> Response:
    """Send a test report of an action, as if from the browser of a visitor who has not entered, and
    see whether it unlocks for an entrant."""
    campaign = await campaign_of(request)
    action = await action_of(request, campaign)
    now = now_ms()
    beacon = Beacon(
        beacon_id(now, secrets.token_hex(9)),
        secrets.token_hex(16),
        [[action.tracking_name, "test"]],
    )
    # Vouched for, like a beacon from the customer's server: an action may require a signature.
    sent = Submission(campaign.key, beacon, now, vouched=True, tested=True)
    reply = await server(request).writer.submit(sent)
    if isinstance(reply, Rejection):
        return await _page(request, campaign, action, reply)
    unlocks = await try_action(server(request).database, campaign, action, now)
    tested = f"&tested={now}" if unlocks else ""
    return RedirectResponse(address(campaign, f"/install?action={action.id}{tested}#check"), 303)


async def show_to_developer(request: Request) -> Response:
    """What to install, for whoever has the link that an owner has sent them."""
    campaign, token, now = await campaign_of(request), request.path_params["token"], now_ms()
    if not is_good(campaign.secret, campaign.key, token, now):
        raise HTTPException(404, "this link no longer works; ask for a new one")
    return render(
        request,
        "developer.html",
        campaign=campaign,
        until=good_until(token),
        **await _to_paste(request, campaign),
    )


async def _page(
    request: Request,
    campaign: Campaign,
    chosen: Action | None = None,
    rejection: Rejection | None = None,
) -> Response:
    app, now = server(request), now_ms()
    paste = await _to_paste(request, campaign, chosen)
    token = token_at(campaign.secret, campaign.key, now)
    return render(
        request,
        "install.html",
        FormErrors({}, {}, rejection.reason.status if rejection else 200),
        campaign=campaign,
        tab="Install",
        rejection=rejection,
        tested=_is_just_now(request.query_params.get("tested", ""), now),
        seen=await app.database.read(sightings.latest, campaign, paste["actions"], now),
        developer=f"{app.settings.public_url}{address(campaign)}/developer/{token}",
        until=good_until(token),
        **paste,
    )


def _is_just_now(tested: str, now: int) -> bool:
    """Was it tested (an instant, in ms) a moment ago? A page that is loaded again later, or from a
    link, does not say so."""
    instant = number(tested)
    return instant is not None and 0 <= now - instant < _JUST_NOW


async def _to_paste(
    request: Request, campaign: Campaign, chosen: Action | None = None
) -> dict[str, Any]:
    """What install.html and developer.html show: everything to paste, for one of the actions."""
    app = server(request)
    actions = await actions_of(request, campaign)
    tracked = [action for action in actions if action.tracks]
    wanted = request.query_params.get("action", "")
    if chosen is None:
        named = (action for action in tracked if str(action.id) == wanted)
        chosen = next(named, tracked[0] if tracked else None)
    name = chosen.tracking_name if chosen else _EXAMPLE
    host, queue = app.settings.public_url, app.settings.global_name
    return {
        "actions": actions,
        "tracked": tracked,
        "chosen": chosen,
        "loader": snippet.loader(campaign.key, host),
        "trigger": f"<script>\n{snippet.trigger(name, queue=queue)}\n</script>",
        "full": snippet.full(campaign.key, host, name, queue=queue),
        "async_tag": snippet.async_tag(campaign.key, host),
        "overlay": snippet.overlay(campaign.key, host),
        "embed": snippet.embed(campaign.key, host),
        "policy": snippet.policy(host),
        "framed_policy": snippet.policy(host, framed=True),
        "sites": recipes.sites(campaign.key, host, name, queue=queue),
        "signatures": recipes.signatures(campaign.key),
    }


_INSTALL = f"{ONE}/install"
OPEN = [Route("GET", f"{ONE}/developer/{{token}}", show_to_developer)]
"""A page that needs no sign-in."""

TABLE = [
    Route("GET", _INSTALL, show_install),
    Route("GET", f"{_INSTALL}/secret", show_secret, proved=True),
    Route("GET", f"{_INSTALL}/seen", show_sightings),
    Route("POST", f"{_INSTALL}/test/{{action}}", test_action, f"/admin{_INSTALL}"),
]
