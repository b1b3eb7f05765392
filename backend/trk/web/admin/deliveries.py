"""A webhook's page: its health, a test button, and the log of its deliveries."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.store import deliveries, delivery_log
from trk.store.delivery_log import Delivery, State
from trk.store.webhooks import Webhook
from trk.web.admin.guard import Route
from trk.web.admin.labels import EVENT_NAMES, STATES, attempt_label, endpoint_state
from trk.web.admin.listing import list_query, read_list
from trk.web.admin.lookup import ONE, address, campaign_of, number, numbered
from trk.web.admin.pages import render
from trk.web.admin.webhooks import webhook_of
from trk.web.server import server


async def show_webhook(request: Request) -> Response:
    """A webhook with its newest deliveries, or those that match the filter."""
    campaign, database = await campaign_of(request), server(request).database
    webhook = await webhook_of(request, campaign)
    wanted = list_query(request, address(campaign, f"/webhooks/{webhook.id}"), {"state": STATES})
    state = cast("State | None", wanted.filters.get("state"))
    listed = await read_list(
        database, wanted, lambda tx, span: delivery_log.listed(tx, webhook, span, state)
    )
    health = await database.read(delivery_log.health, webhook.endpoint)
    tried = await _tried(request, webhook)
    return render(
        request,
        "webhook.html",
        campaign=campaign,
        tab="Webhooks",
        webhook=webhook,
        state=endpoint_state(webhook, health),
        health=health,
        trouble=attempt_label(None, health.error),
        names=EVENT_NAMES,
        tried=tried,
        tried_said=tried and attempt_label(tried.status, tried.error),
        rows=[(each, attempt_label(each.status, each.error)) for each in listed.rows],
        states=STATES,
        **wanted.context(listed),
    )


async def test_webhook(request: Request) -> Response:
    """Send a test now, and show the result."""
    campaign = await campaign_of(request)
    webhook = await webhook_of(request, campaign)
    tried = (
        []
        if webhook.off_at is not None
        else await server(request).webhook_sender.try_now(
            deliveries.test_now, webhook.endpoint, now_ms()
        )
    )
    return _outcome(campaign, webhook, tried)


async def resend_delivery(request: Request) -> Response:
    """Retry a delivery now, and show the result."""
    campaign = await campaign_of(request)
    webhook = await webhook_of(request, campaign)
    delivery = await numbered(
        request,
        "delivery",
        lambda tx, wanted: delivery_log.by_id(tx, webhook, wanted),
        "there is no such delivery; it may have been erased",
    )
    tried = (
        []
        if webhook.off_at is not None
        else await server(request).webhook_sender.try_now(
            deliveries.resend_now, campaign, webhook.id, delivery.id, now_ms()
        )
    )
    return _outcome(campaign, webhook, tried)


def _outcome(campaign: Campaign, webhook: Webhook, tried: list[int]) -> Response:
    """Redirect to the webhook's page, which shows the result, or that the webhook is off."""
    query = f"?tried={tried[0]}" if tried else ""
    return RedirectResponse(address(campaign, f"/webhooks/{webhook.id}{query}"), 303)


async def _tried(request: Request, webhook: Webhook) -> Delivery | None:
    """The delivery that was just tried, as named in the URL."""
    wanted = number(request.query_params.get("tried", ""))
    if wanted is None:
        return None
    found: Delivery | None = await server(request).database.read(
        delivery_log.by_id, webhook, wanted
    )
    return found


_HOOK = f"{ONE}/webhooks/{{webhook}}"
TABLE = [
    Route("GET", _HOOK, show_webhook),
    Route("POST", f"{_HOOK}/test", test_webhook, f"/admin{_HOOK}"),
    Route("POST", f"{_HOOK}/deliveries/{{delivery}}/resend", resend_delivery, f"/admin{_HOOK}"),
]
