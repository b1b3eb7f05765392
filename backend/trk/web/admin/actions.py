"""A campaign's actions: their order, and each action's settings."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import FRIENDS
from trk.core.order import position_of
from trk.services import actions as action_service
from trk.services.recounting import go_on
from trk.store import actions, pictures, recounts
from trk.store.errors import Duplicate
from trk.web.admin.forms import action_draft, checked, differences, typed_action, version_of
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, action_of, actions_of, address, campaign_of
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

_NEW = {
    **{"worth": "1", "frequency": "once", "verification": "tracking", "icon": "auto"},
    "friends": str(FRIENDS),
}
_TAKEN = {
    "tracking_name": "Another action of this campaign already has this name. Choose a different "
    "one."
}


async def list_actions(request: Request) -> Response:
    """List the campaign's actions, in order, and say whether friends are still being counted."""
    campaign = await campaign_of(request)
    return render(
        request,
        "actions.html",
        campaign=campaign,
        tab="Actions",
        actions=await actions_of(request, campaign),
        counting=await server(request).database.read(recounts.under_way, campaign),
    )


async def show_new_action(request: Request) -> Response:
    """The form for a new action, filled in with a `name` that a site already reports, if given."""
    name = request.query_params.get("name", "")
    return await _page(request, FormErrors({}, {**_NEW, "title": name, "tracking_name": name}, 200))


async def create_action(request: Request) -> Response:
    """Add an action after the others."""
    campaign = await campaign_of(request)
    draft = checked(action_draft(request.state.form))
    database = server(request).database
    try:
        await database.write(action_service.make_action, campaign, draft)
    except Duplicate:
        raise Mistaken(_TAKEN) from None
    await go_on(database, campaign)
    return RedirectResponse(address(campaign, "/actions?added"), 303)


async def show_action(request: Request) -> Response:
    """An action's form, as stored."""
    action = await action_of(request, await campaign_of(request))
    return await _page(request, FormErrors({}, typed_action(action), 200))


async def change_action(request: Request) -> Response:
    """Save an action's settings."""
    campaign, form = await campaign_of(request), request.state.form
    action, draft = await action_of(request, campaign), checked(action_draft(form))
    database = server(request).database
    try:
        await action_service.change_and_count(database, campaign, action, draft, version_of(form))
    except Duplicate:
        raise Mistaken(_TAKEN) from None
    return RedirectResponse(address(campaign, "/actions?saved"), 303)


async def move_action(request: Request) -> Response:
    """Move an action: `up`, `down`, or to a position (counted from 0)."""
    campaign = await campaign_of(request)
    action = await action_of(request, campaign)
    ids = [each.id for each in await actions_of(request, campaign)]
    wanted = position_of(ids, action.id, request.state.form.get("to", ""))
    if wanted is not None:
        await server(request).database.write(
            action_service.move_action, campaign, action.id, wanted
        )
    return RedirectResponse(address(campaign, f"/actions#action-{action.id}"), 303)


async def ask_action_deletion(request: Request) -> Response:
    """Ask for confirmation, and say how much would be deleted."""
    campaign = await campaign_of(request)
    action = await action_of(request, campaign)
    extent = await server(request).database.read(actions.extent, action)
    return render(
        request,
        "delete_action.html",
        campaign=campaign,
        tab="Actions",
        action=action,
        extent=extent,
    )


async def delete_action(request: Request) -> Response:
    """Delete an action and its completions."""
    campaign = await campaign_of(request)
    await action_service.delete_action(server(request).database, await action_of(request, campaign))
    server(request).deletion.wake()
    return RedirectResponse(address(campaign, "/actions?deleted"), 303)


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign = await campaign_of(request)
    new = "action" not in request.path_params
    action = None if new else await action_of(request, campaign)
    conflict = shown.status_code == 409 and action is not None
    version = action.version if action else 1
    if not conflict:
        version = version_of(shown.typed) or version
    return render(
        request,
        "action.html",
        shown,
        campaign=campaign,
        tab="Actions",
        action=action,
        version=version,
        twins=[] if action is None else actions.twins(action, await actions_of(request, campaign)),
        stored=differences(shown.typed, typed_action(action)) if conflict and action else {},
        conflict=conflict,
        pictures=await server(request).database.read(pictures.of_campaign, campaign),
    )


_ACTION = f"{ONE}/actions/{{action}}"
TABLE = [
    Route("GET", f"{ONE}/actions", list_actions),
    Route("GET", f"{ONE}/actions/new", show_new_action),
    Route("POST", f"{ONE}/actions/new", create_action, again=_page),
    Route("GET", _ACTION, show_action),
    Route("POST", _ACTION, change_action, again=_page),
    Route("POST", f"{_ACTION}/move", move_action, f"/admin{ONE}/actions"),
    Route("GET", f"{_ACTION}/delete", ask_action_deletion),
    Route("POST", f"{_ACTION}/delete", delete_action, f"/admin{_ACTION}/delete"),
]
