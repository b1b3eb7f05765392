"""A campaign's webhooks: listing, creating, changing, pausing and removing them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.campaign import Campaign
from trk.core.webhook import EVENTS, WebhookChange, WebhookDraft
from trk.services import webhooks as webhook_service
from trk.store import delivery_log, webhooks
from trk.store.webhooks import Webhook
from trk.web.admin.forms import differences
from trk.web.admin.guard import Route
from trk.web.admin.labels import EVENT_NAMES, attempt_label, endpoint_state
from trk.web.admin.lookup import ONE, address, campaign_of, number, numbered
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Typed
from trk.web.server import server
from trk_sdk import recipes

_PAGE = 50
_NO_WEBHOOK = "there is no such webhook; it may have been removed"


async def list_webhooks(request: Request) -> Response:
    """List all webhooks with their health, oldest first, a page at a time."""
    campaign, database = await campaign_of(request), server(request).database
    after = number(request.query_params.get("after", "")) or 0
    found = await database.read(webhooks.page, campaign, after, _PAGE)
    rows = [(each, await database.read(delivery_log.health, each.endpoint)) for each in found]
    return render(
        request,
        "webhooks.html",
        campaign=campaign,
        tab="Webhooks",
        rows=[
            (each, health, endpoint_state(each, health), attempt_label(None, health.error))
            for each, health in rows
        ],
        names=EVENT_NAMES,
        after=after,
        more=found[-1].id if len(found) == _PAGE else None,
        removed="removed" in request.query_params,
        recipes=recipes.verifications(),
    )


async def show_new_webhook(request: Request) -> Response:
    """The form for a new webhook, with all events ticked."""
    typed: Typed = {"url": ""}
    typed.update((each, "on") for each in EVENTS)
    return await _form(request, FormErrors({}, typed, 200))


async def create_webhook(request: Request) -> Response:
    """Create a webhook; its secret is shown only once."""
    campaign, app = await campaign_of(request), server(request)
    made = await app.database.write(
        webhook_service.make_webhook,
        campaign,
        _draft(request.state.form),
        private=app.settings.webhooks_private,
    )
    return _secret_page(request, campaign, made, first=True)


async def edit_webhook(request: Request) -> Response:
    """A webhook's form, as stored."""
    webhook = await webhook_of(request, await campaign_of(request))
    return await _form(request, FormErrors({}, _typed(webhook), 200))


async def change_webhook(request: Request) -> Response:
    """Save a webhook's URL and events."""
    campaign, form = await campaign_of(request), request.state.form
    draft = _draft(form)
    return await _change(
        request, campaign, WebhookChange(draft.url, draft.events), was=form.get("was")
    )


async def pause_webhook(request: Request) -> Response:
    """Send nothing to a webhook until it is resumed."""
    return await _change(request, await campaign_of(request), WebhookChange(enabled=False))


async def resume_webhook(request: Request) -> Response:
    """Resume a webhook, and try what is still waiting."""
    return await _change(request, await campaign_of(request), WebhookChange(enabled=True))


async def _change(
    request: Request, campaign: Campaign, change: WebhookChange, *, was: str | None = None
) -> Response:
    app, webhook = server(request), await webhook_of(request, campaign)
    await app.database.write(
        webhook_service.change_webhook,
        campaign,
        webhook.id,
        change,
        private=app.settings.webhooks_private,
        was=was,
    )
    app.webhook_sender.wake()
    said = "" if was is None else "?saved"
    return RedirectResponse(address(campaign, f"/webhooks/{webhook.id}{said}"), 303)


async def ask_new_secret(request: Request) -> Response:
    """Ask for confirmation before replacing the secret."""
    campaign = await campaign_of(request)
    return render(
        request,
        "webhook_secret.html",
        campaign=campaign,
        tab="Webhooks",
        webhook=await webhook_of(request, campaign),
    )


async def rotate_secret(request: Request) -> Response:
    """Replace the secret; the new one is shown only once."""
    campaign = await campaign_of(request)
    webhook = await webhook_of(request, campaign)
    rotated = await server(request).database.write(
        webhook_service.rotate_webhook, campaign, webhook.id
    )
    if rotated is None:
        raise HTTPException(404, _NO_WEBHOOK)
    return _secret_page(request, campaign, rotated)


async def ask_webhook_removal(request: Request) -> Response:
    """Ask for confirmation, and say what would be removed."""
    campaign, database = await campaign_of(request), server(request).database
    webhook = await webhook_of(request, campaign)
    return render(
        request,
        "remove_webhook.html",
        campaign=campaign,
        tab="Webhooks",
        webhook=webhook,
        logged=await database.read(delivery_log.extent, webhook),
        waiting=(await database.read(delivery_log.health, webhook.endpoint)).waiting,
    )


async def remove_webhook(request: Request) -> Response:
    """Remove a webhook, its log, and what is waiting for it."""
    campaign = await campaign_of(request)
    webhook = await webhook_of(request, campaign)
    database = server(request).database
    await webhook_service.clear_webhook(database, campaign, webhook.id)
    await database.write(webhook_service.remove_webhook, campaign, webhook.id)
    return RedirectResponse(address(campaign, "/webhooks?removed"), 303)


async def webhook_of(request: Request, campaign: Campaign) -> Webhook:
    """The webhook in the URL; HTTPException 404 if the campaign has no such webhook."""
    return await numbered(
        request, "webhook", lambda tx, wanted: webhooks.by_id(tx, campaign, wanted), _NO_WEBHOOK
    )


def _draft(form: Mapping[str, str]) -> WebhookDraft:
    return WebhookDraft(form.get("url", "").strip(), [each for each in EVENTS if each in form])


def _typed(webhook: Webhook) -> Typed:
    return {"url": webhook.url, **dict.fromkeys(webhook.events, "on")}


def _secret_page(
    request: Request, campaign: Campaign, webhook: Webhook, *, first: bool = False
) -> Response:
    return render(
        request,
        "webhook_secret.html",
        campaign=campaign,
        tab="Webhooks",
        webhook=webhook,
        secret=webhook.secret,
        first=first,
        recipes=recipes.verifications(),
    )


async def _form(request: Request, shown: FormErrors) -> Response:
    campaign = await campaign_of(request)
    new = "webhook" not in request.path_params
    webhook = None if new else await webhook_of(request, campaign)
    conflict = shown.status_code == 409 and webhook is not None
    was = webhook_service.mark_of_webhook(webhook) if webhook else ""
    stored: Typed = {}
    if conflict and webhook is not None:
        typed = {field: shown.typed.get(field, "") for field in ("url", *EVENTS)}
        found = differences(typed, _typed(webhook))
        stored = {name: value for name, value in found.items() if name == "url"}
        if len(found) > len(stored):
            stored["events"] = ", ".join(
                EVENT_NAMES[each] for each in EVENTS if each in webhook.events
            )
    return render(
        request,
        "webhook_form.html",
        shown,
        campaign=campaign,
        tab="Webhooks",
        webhook=webhook,
        was=was if conflict else shown.typed.get("was", was),
        events=[(each, EVENT_NAMES[each]) for each in EVENTS],
        private=server(request).settings.webhooks_private,
        conflict=conflict,
        stored=stored,
    )


_ALL = f"{ONE}/webhooks"
_HOOK = f"{_ALL}/{{webhook}}"
TABLE = [
    Route("GET", _ALL, list_webhooks),
    Route("GET", f"{_ALL}/new", show_new_webhook),
    Route("POST", f"{_ALL}/new", create_webhook, again=_form, proved=True),
    Route("GET", f"{_HOOK}/change", edit_webhook),
    Route("POST", f"{_HOOK}/change", change_webhook, again=_form),
    Route("POST", f"{_HOOK}/pause", pause_webhook, f"/admin{_HOOK}"),
    Route("POST", f"{_HOOK}/resume", resume_webhook, f"/admin{_HOOK}"),
    Route("GET", f"{_HOOK}/secret", ask_new_secret),
    Route("POST", f"{_HOOK}/secret", rotate_secret, f"/admin{_HOOK}/secret", proved=True),
    Route("GET", f"{_HOOK}/remove", ask_webhook_removal),
    Route("POST", f"{_HOOK}/remove", remove_webhook, f"/admin{_HOOK}/remove"),
]
