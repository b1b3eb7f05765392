"""What tests of stored webhooks do, and what they look at."""

from __future__ import annotations

from tests.backend.stored import NOW, query
from trk.core.campaign import Campaign
from trk.core.webhook import EVENTS, EventType, WebhookDraft
from trk.services.webhooks import make_webhook
from trk.store import deliveries
from trk.store.database import Database
from trk.store.deliveries import DueDelivery
from trk.store.program import Row
from trk.store.webhooks import Webhook

URL = "https://shop.example/hooks"


async def hook(database: Database, campaign: Campaign, *events: EventType) -> Webhook:
    return await database.write(
        make_webhook, campaign, WebhookDraft(URL, list(events or EVENTS)), private=False
    )


async def queued(database: Database, kind: EventType | None = None) -> list[Row]:
    rows = await query(database, "SELECT * FROM webhook_deliveries ORDER BY id")
    return [row for row in rows if kind in (None, row["type"])]


async def take(
    database: Database, webhook: Webhook, limit: int = 100, at: int = NOW
) -> list[DueDelivery]:
    return await database.write(deliveries.take, webhook.endpoint, limit, at)
