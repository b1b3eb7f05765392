"""What tests of the courier do, and what they look at."""

from __future__ import annotations

from backend.core.campaign import Campaign
from backend.core.webhook import EVENTS, WebhookDraft
from backend.making import make_webhook
from backend.store.database import Database
from backend.store.program import Row
from backend.store.webhooks import Webhook
from tests.backend.receiver import Receiver
from tests.backend.stored import query

Endpoint = tuple[Receiver, str]


async def hook(database: Database, campaign: Campaign, url: str) -> Webhook:
    return await make_webhook(database, campaign, WebhookDraft(url, list(EVENTS)), private=True)


async def rows(database: Database, webhook: Webhook) -> list[Row]:
    return await query(
        database, f"SELECT * FROM webhook_deliveries WHERE webhook_id = {webhook.id} ORDER BY id"
    )
