"""The API's webhooks: endpoints, their tests, and the log of what they were told."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from backend.clock import now_ms
from backend.core.campaign import Campaign, iso
from backend.core.webhook import WebhookChange, WebhookDraft
from backend.making import make_webhook
from backend.store import deliveries, webhooks
from backend.store.webhooks import Webhook
from backend.web.api.call import (
    ONE,
    APIError,
    Table,
    body,
    campaign_of,
    page,
    paging,
    path_id,
    row_json,
)
from backend.web.respond import JSON


async def create_webhook(request: Request) -> Response:
    """Add an endpoint; the answer has its secret, which is not shown again."""
    campaign = await campaign_of(request)
    draft = await body(request, WebhookDraft)
    state = request.app.state
    made = await make_webhook(
        state.database, campaign, draft, private=state.settings.webhooks_private
    )
    answer = {**_webhook_json(made), "secret": made.secret}
    return JSON(answer, 201, {"cache-control": "no-store"})


async def list_webhooks(request: Request) -> Response:
    """All endpoints of a campaign."""
    campaign = await campaign_of(request)
    after, limit = paging(request)
    found = await request.app.state.database.read(webhooks.page(campaign, after, limit))
    return page([(each.id, _webhook_json(each)) for each in found], limit)


async def get_webhook(request: Request) -> Response:
    """One endpoint."""
    _, webhook = await _webhook(request)
    return JSON(_webhook_json(webhook))


async def change_webhook(request: Request) -> Response:
    """Change an endpoint's url or events, turn it off or on."""
    campaign, webhook = await _webhook(request)
    change = await body(request, WebhookChange)
    state = request.app.state
    change.check(private=state.settings.webhooks_private)
    changed = await state.database.write(
        webhooks.change(
            campaign,
            webhook.id,
            url=change.url,
            events=change.events,
            enabled=change.enabled,
            now=now_ms(),
        )
    )
    if changed is None:
        raise _unknown(webhook.id)
    state.courier.wake()
    return JSON(_webhook_json(changed))


async def remove_webhook(request: Request) -> Response:
    """Remove an endpoint, its log, and what still waits for it."""
    campaign, number = await campaign_of(request), path_id(request, "webhook")
    if not await request.app.state.database.write(webhooks.remove(campaign, number)):
        raise _unknown(number)
    return Response(status_code=204)


async def test_webhook(request: Request) -> Response:
    """Send a `webhook.test`: it is in the log at once, and tried at once."""
    _, webhook = await _webhook(request)
    if webhook.off_at is not None:
        raise APIError(
            409, "not_done", f"Webhook {webhook.id} is off; expected to turn it on before a test."
        )
    state = request.app.state
    delivery = await state.database.write(deliveries.queue_test(webhook.id, now_ms()))
    state.courier.wake()
    return JSON({"delivery_id": delivery}, 202)


async def list_deliveries(request: Request) -> Response:
    """What an endpoint was told, or will be: `due_at` is when it is tried (again)."""
    campaign, webhook = await _webhook(request)
    after, limit = paging(request)
    rows = await request.app.state.database.read(
        deliveries.page(campaign, webhook.id, after, limit)
    )
    return page([(row["id"], row_json(row)) for row in rows], limit)


async def resend(request: Request) -> Response:
    """Try a delivery again, also one that was given up or has arrived."""
    campaign, webhook = await _webhook(request)
    number = path_id(request, "delivery")
    state = request.app.state
    if not await state.database.write(deliveries.resend(campaign, webhook.id, number, now_ms())):
        raise APIError(404, "not_found", f"There is no delivery {number} to webhook {webhook.id}.")
    state.courier.wake()
    return JSON({"delivery_id": number}, 202)


async def _webhook(request: Request) -> tuple[Campaign, Webhook]:
    campaign, number = await campaign_of(request), path_id(request, "webhook")
    found = await request.app.state.database.read(webhooks.by_id(campaign, number))
    if found is None:
        raise _unknown(number)
    return campaign, found


def _unknown(number: int) -> APIError:
    return APIError(404, "not_found", f"There is no webhook {number} in this campaign.")


def _webhook_json(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "enabled": webhook.off_at is None,
        "off_at": webhook.off_at and iso(webhook.off_at),
        "off_reason": webhook.off_reason,
        "created_at": iso(webhook.created_at),
    }


_HOOKS = f"{ONE}/webhooks"
_HOOK = f"{_HOOKS}/{{webhook}}"

TABLE: Table = [
    ("POST", _HOOKS, create_webhook),
    ("GET", _HOOKS, list_webhooks),
    ("GET", _HOOK, get_webhook),
    ("PATCH", _HOOK, change_webhook),
    ("DELETE", _HOOK, remove_webhook),
    ("POST", f"{_HOOK}/test", test_webhook),
    ("GET", f"{_HOOK}/deliveries", list_deliveries),
    ("POST", f"{_HOOK}/deliveries/{{delivery}}/resend", resend),
]
