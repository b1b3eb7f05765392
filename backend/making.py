"""Makes campaigns, actions, tokens and webhooks: what the API and the command line share."""

from __future__ import annotations

import base64
import secrets
import string

from backend.clock import now_ms
from backend.core.campaign import Action, Campaign
from backend.core.drafts import ActionDraft, CampaignDraft
from backend.core.keys import token_hash
from backend.core.webhook import WebhookDraft
from backend.store import campaigns, tokens, webhooks
from backend.store.database import Database
from backend.store.webhooks import Webhook

_ALPHABET = string.ascii_letters + string.digits


async def make_campaign(database: Database, draft: CampaignDraft) -> Campaign:
    """Store a campaign; DraftError if the draft is wrong, Duplicate if its key is taken."""
    draft.check()
    return await database.write(
        campaigns.create(
            draft,
            key=draft.key or "".join(secrets.choice(_ALPHABET) for _ in range(6)),
            secret=secrets.token_urlsafe(32),
            now=now_ms(),
        )
    )


async def close_campaign(database: Database, campaign: Campaign) -> None:
    """Close a campaign now: nothing unlocks in it any more, and nobody can enter."""
    await database.write(campaigns.close(campaign, now_ms()))


async def make_action(database: Database, campaign: Campaign, draft: ActionDraft) -> Action:
    """Store an action; DraftError, or Duplicate if the campaign has its tracking name."""
    draft.check()
    return await database.write(campaigns.add_action(campaign, draft, now_ms()))


async def make_token(database: Database, name: str) -> str:
    """Make an API token; only its hash is stored, so this is the one time it can be seen."""
    token = "trk_" + secrets.token_urlsafe(32)
    await database.write(tokens.create(name, token_hash(token), now_ms()))
    return token


async def make_webhook(
    database: Database, campaign: Campaign, draft: WebhookDraft, *, private: bool
) -> Webhook:
    """Store a webhook with a secret of 256 random bits; DraftError if the draft is wrong.

    `private` is the setting webhooks_private.
    """
    draft.check(private=private)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return await database.write(webhooks.add(campaign, draft.url, draft.events, secret, now_ms()))
