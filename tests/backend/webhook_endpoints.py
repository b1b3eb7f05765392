"""What tests of the webhook sender do, and what they look at."""

from __future__ import annotations

from tests.backend.receiver import Receiver
from tests.backend.stored import query
from trk.core.campaign import Campaign
from trk.core.webhook import EVENTS, WebhookDraft
from trk.services.webhooks import make_webhook
from trk.store.database import Database
from trk.store.program import Row
from trk.store.webhooks import Webhook

Endpoint = tuple[Receiver, str]


async def hook(database: Database, campaign: Campaign, url: str) -> Webhook:
    return await database.write(
        make_webhook, campaign, WebhookDraft(url, list(EVENTS)), private=True
    )


async def rows(database: Database, webhook: Webhook) -> list[Row]:
    return await query(
        database, f"SELECT * FROM webhook_deliveries WHERE webhook_id = {webhook.id} ORDER BY id"
    )
