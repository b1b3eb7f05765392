"""The API's webhooks: endpoints, tests, and the log of deliveries."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from types import SimpleNamespace
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.core.webhook import PERSONAL, EventType, WebhookChange, WebhookDraft
from trk.services import webhooks as webhook_service
from trk.services.rows import shown_row
from trk.store import deliveries, delivery_log, webhooks
from trk.store.delivery_log import State
from trk.store.webhooks import Webhook
from trk.web.api.call import (
    APIError,
    Between,
    Paging,
    body,
    campaign_of,
    demand,
    page_by_id,
    page_response,
    path_id,
    query,
    span_of,
    token_of,
)
from trk.web.api.idempotency import commit, remove
from trk.web.api.operation import ONE, Operation, list_of
from trk.web.http.respond import JSON
from trk.web.server import server


class WebhookAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook; `off_at` and `off_reason` are set while nothing is sent to it."""

    id: int
    url: str
    events: list[EventType]
    enabled: bool
    off_at: Instant | None
    off_reason: str | None
    created_at: Instant


class WebhookMade(WebhookAnswer, frozen=True, kw_only=True):
    """The same with its secret, which is shown once: null in a repeated answer."""

    secret: str | None


class DeliveriesAsked(Between, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which deliveries."""

    state: State | None = None


class DeliveryAnswer(msgspec.Struct, frozen=True):
    """An event for a webhook: `due_at` is when it is tried, or retried."""

    id: int
    type: EventType
    subject_id: int
    entrant_id: int | None
    queued_at: Instant
    attempts: int
    tried_at: Instant | None
    status: int | None
    error: str | None
    due_at: Instant | None
    delivered_at: Instant | None


class Sent(msgspec.Struct, frozen=True):
    """The delivery in the log."""

    delivery_id: int


async def create_webhook(request: Request) -> Response:
    """Add a webhook.

    The answer has its secret, which is not shown again: an answer repeated for an Idempotency-Key
    has null in its place. Events carry personal data, so the token also needs the scope
    `personal`."""
    campaign = await campaign_of(request)
    draft = await body(request, WebhookDraft)
    _demand_personal(request, draft.events)
    private = server(request).settings.webhooks_private

    return await commit(
        request,
        lambda tx: webhook_service.make_webhook(tx, campaign, draft, private=private),
        lambda made: _with_secret(made, made.secret, 201),
        lambda made: _with_secret(made, None, 201),
    )


async def list_webhooks(request: Request) -> Response:
    """List the webhooks of a campaign."""
    asked = query(request, Paging)
    campaign = await campaign_of(request)
    found = await server(request).database.read(
        webhooks.page, campaign, int(asked.cursor or 0), asked.limit + 1
    )
    return page_by_id(found, asked.limit, _webhook_json)


async def get_webhook(request: Request) -> Response:
    """Read one webhook."""
    _, webhook = await _webhook(request)
    return JSON(_webhook_json(webhook))


async def change_webhook(request: Request) -> Response:
    """Change a webhook's url or events, or turn it off or on.

    Events carry personal data, so changing the url or events also needs the scope `personal`.
    """
    campaign, webhook = await _webhook(request)
    change = await body(request, WebhookChange)
    if change.url is not None or change.events is not None:
        _demand_personal(request, webhook.events if change.events is None else change.events)
    app = server(request)
    changed = await commit(
        request,
        lambda tx: webhook_service.change_webhook(
            tx, campaign, webhook.id, change, private=app.settings.webhooks_private
        ),
        lambda stored: JSON(_webhook_json(_known(stored, webhook.id))),
    )
    app.webhook_sender.wake()
    return changed


async def rotate_webhook(request: Request) -> Response:
    """Rotate a webhook's secret.

    The answer has the token, which is not shown again: an answer repeated for an Idempotency-Key
    has null in its place. From then on requests are signed with it alone, including retries."""
    campaign, number = await campaign_of(request), path_id(request, "webhook")

    def rotated_response(stored: Webhook | None, *, again: bool) -> Response:
        webhook = _known(stored, number)
        return _with_secret(webhook, None if again else webhook.secret, 200)

    return await commit(
        request,
        lambda tx: webhook_service.rotate_webhook(tx, campaign, number),
        partial(rotated_response, again=False),
        partial(rotated_response, again=True),
    )


async def remove_webhook(request: Request) -> Response:
    """Remove a webhook, its log, and deliveries still waiting."""
    campaign, number = await campaign_of(request), path_id(request, "webhook")
    await webhook_service.clear_webhook(server(request).database, campaign, number)
    return await remove(
        request, lambda tx: webhook_service.remove_webhook(tx, campaign, number), _unknown(number)
    )


async def test_webhook(request: Request) -> Response:
    """Send a `webhook.test`, which is logged and tried immediately."""
    _, webhook = await _webhook(request)
    if webhook.off_at is not None:
        raise APIError(
            409, "not_done", f"Webhook {webhook.id} is off; turn it on before sending a test."
        )
    app = server(request)
    sent = await commit(
        request,
        lambda tx: deliveries.queue_test(tx, webhook.endpoint, now_ms()),
        lambda made: JSON(Sent(made), 202),
    )
    app.webhook_sender.wake()
    return sent


async def list_deliveries(request: Request) -> Response:
    """List the deliveries to a webhook, including those still waiting."""
    asked = query(request, DeliveriesAsked)
    _, webhook = await _webhook(request)
    page = await server(request).database.read(
        delivery_log.listed, webhook, span_of(asked), asked.state
    )
    return page_response(page, DeliveryAnswer)


async def resend(request: Request) -> Response:
    """Resend a delivery, even one that was given up or delivered."""
    campaign, webhook = await _webhook(request)
    number = path_id(request, "delivery")

    def resent_response(there: bool) -> Response:
        if not there:
            raise APIError(
                404, "not_found", f"There is no delivery {number} to webhook {webhook.id}."
            )
        return JSON(Sent(number), 202)

    sent = await commit(
        request,
        lambda tx: deliveries.resend(tx, campaign, webhook.id, number, now_ms()),
        resent_response,
    )
    server(request).webhook_sender.wake()
    return sent


async def _webhook(request: Request) -> tuple[Campaign, Webhook]:
    campaign, number = await campaign_of(request), path_id(request, "webhook")
    found = await server(request).database.read(webhooks.by_id, campaign, number)
    return campaign, _known(found, number)


def _demand_personal(request: Request, events: Collection[str]) -> None:
    """Whoever may not read people may not have them sent to an address of their choice either."""
    if PERSONAL.intersection(events):
        demand(token_of(request), "personal")


def _known(found: Webhook | None, number: int) -> Webhook:
    if found is None:
        raise _unknown(number)
    return found


def _unknown(number: int) -> APIError:
    return APIError(404, "not_found", f"There is no webhook {number} in this campaign.")


def _webhook_json(webhook: Webhook) -> dict[str, Any]:
    shown = {**webhook._asdict(), "enabled": webhook.off_at is None}
    return shown_row(SimpleNamespace(**shown), WebhookAnswer)


def _with_secret(webhook: Webhook, secret: str | None, status: int) -> Response:
    shown = {**_webhook_json(webhook), "secret": secret}
    return JSON(shown, status, {"cache-control": "no-store"})


_HOOKS = f"{ONE}/webhooks"
_HOOK = f"{_HOOKS}/{{webhook}}"
_OFF = {"not_done": (409, "the webhook is off")}

OPERATIONS = (
    Operation(
        *("POST", _HOOKS, create_webhook, "write"),
        status=201,
        takes=WebhookDraft,
        gives=WebhookMade,
        example={"url": "https://shop.example/hooks", "events": ["action.completed"]},
    ),
    list_of(_HOOKS, list_webhooks, "read", WebhookAnswer, Paging),
    Operation("GET", _HOOK, get_webhook, "read", gives=WebhookAnswer),
    Operation(
        *("PATCH", _HOOK, change_webhook, "write"),
        takes=WebhookChange,
        gives=WebhookAnswer,
        example={"enabled": False},
    ),
    Operation("POST", f"{_HOOK}/rotate", rotate_webhook, "write", gives=WebhookMade),
    Operation("DELETE", _HOOK, remove_webhook, "write", status=204),
    Operation(
        *("POST", f"{_HOOK}/test", test_webhook, "write"), status=202, gives=Sent, refuses=_OFF
    ),
    list_of(f"{_HOOK}/deliveries", list_deliveries, "read", DeliveryAnswer, DeliveriesAsked),
    Operation(
        *("POST", f"{_HOOK}/deliveries/{{delivery}}/resend", resend, "write"),
        status=202,
        gives=Sent,
    ),
)
