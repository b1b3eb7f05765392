"""A campaign's webhooks: made, changed, given another secret."""

from __future__ import annotations

import base64
import secrets
import time
from urllib.parse import urlsplit

from trk.clock import now_ms
from trk.core.audit import Deed
from trk.core.campaign import Campaign
from trk.core.webhook import WebhookChange, WebhookDraft
from trk.services.audit import note
from trk.services.conflict import Conflict, mark
from trk.services.pausing import pause_since
from trk.store import webhooks
from trk.store.database import Database
from trk.store.program import Transaction
from trk.store.webhooks import Webhook


async def make_webhook(
    tx: Transaction, campaign: Campaign, draft: WebhookDraft, *, private: bool
) -> Webhook:
    """Store a webhook with a secret; DraftError if the draft is wrong.

    `private` is the setting webhooks_private.
    """
    draft.check(private=private)
    made = await webhooks.add(tx, campaign, draft.url, draft.events, _secret(), now_ms())
    await _note(tx, "made", campaign, made)
    return made


async def change_webhook(
    tx: Transaction,
    campaign: Campaign,
    webhook_id: int,
    change: WebhookChange,
    *,
    private: bool,
    was: str | None = None,
) -> Webhook | None:
    """Change the given fields of a webhook, and return it; None if there is none.

    Raises DraftError, and Conflict if `was` (see mark_of_webhook) is given and it has been changed
    since.
    """
    change.check(private=private)
    found = await webhooks.by_id(tx, campaign, webhook_id)
    if found is not None and was is not None and was != mark_of_webhook(found):
        raise Conflict
    changed = await webhooks.change(
        tx,
        campaign,
        webhook_id,
        url=change.url,
        events=change.events,
        enabled=change.enabled,
        now=now_ms(),
    )
    if changed is not None:
        await _note(tx, "changed", campaign, changed)
    return changed


async def rotate_webhook(tx: Transaction, campaign: Campaign, webhook_id: int) -> Webhook | None:
    """Sign with another secret from now on; None if there is no such webhook."""
    rotated = await webhooks.rotate(tx, campaign, webhook_id, _secret())
    if rotated is not None:
        await note(tx, "changed", "secret", webhook_id, about=_host(rotated), campaign=campaign)
    return rotated


async def clear_webhook(database: Database, campaign: Campaign, webhook_id: int) -> None:
    """Turn a webhook off that is to be removed, and erase its log a part at a time: beacons do not
    wait for it."""
    cleared = False
    while not cleared:
        began = time.monotonic()
        cleared = await database.write(webhooks.clear, campaign, webhook_id, now_ms())
        if not cleared:
            await pause_since(began)


async def remove_webhook(tx: Transaction, campaign: Campaign, webhook_id: int) -> bool:
    """Remove a webhook with its log and its waiting deliveries, of which there are few by then (see
    clear_webhook); False if there is none."""
    found = await webhooks.by_id(tx, campaign, webhook_id)
    if found is None or not await webhooks.remove(tx, campaign, webhook_id):
        return False
    await _note(tx, "deleted", campaign, found)
    return True


def mark_of_webhook(webhook: Webhook) -> str:
    """A text that changes whenever the webhook's address or events do."""
    return mark(webhook.url, " ".join(sorted(webhook.events)))


async def _note(tx: Transaction, deed: Deed, campaign: Campaign, webhook: Webhook) -> None:
    await note(tx, deed, "webhook", webhook.id, about=_host(webhook), campaign=campaign)


def _host(webhook: Webhook) -> str:
    """Where it leads; the rest of an address often is a secret."""
    return urlsplit(webhook.url).hostname or ""


def _secret() -> str:
    """A secret by which requests to an endpoint are signed: 256 random bits."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
