"""Makes campaigns, actions, tokens and webhooks: what the API and the command line share."""

from __future__ import annotations

import base64
import secrets
import string
from collections.abc import Collection
from typing import NamedTuple

from trk.clock import now_ms
from trk.core.access import USUAL, Scope
from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.keys import token_hash
from trk.core.starter import Starter
from trk.core.webhook import WebhookDraft
from trk.store import campaigns, draws, tokens, webhooks
from trk.store.database import Database
from trk.store.program import Program
from trk.store.webhooks import Webhook

_ALPHABET = string.ascii_letters + string.digits


def new_campaign(draft: CampaignDraft) -> Program[Campaign]:
    """What stores a campaign. Raises DraftError if the draft is wrong; Duplicate when it is run, if
    its key is taken."""
    draft.check()
    return created(draft, now_ms())


async def make_campaign(database: Database, draft: CampaignDraft) -> Campaign:
    """Store a campaign; DraftError if the draft is wrong, Duplicate if its key is taken."""
    return await database.write(new_campaign(draft))


def created(draft: CampaignDraft, now: int) -> Program[Campaign]:
    """Insert the campaign of a checked draft, with a key unless it has one, and a secret."""
    return (
        yield from campaigns.create(
            draft,
            key=draft.key or "".join(secrets.choice(_ALPHABET) for _ in range(6)),
            secret=secrets.token_urlsafe(32),
            now=now,
        )
    )


def started(starter: Starter, now: int) -> Program[Campaign]:
    """Insert what a new campaign begins with, its actions and prizes; all of it is checked."""
    campaign = yield from created(starter.campaign, now)
    for action in starter.actions:
        yield from campaigns.add_action(campaign, action, now)
    for prize in starter.prizes:
        yield from draws.add_prize(campaign, prize.title, prize.description, prize.winners)
    return campaign


async def close_campaign(database: Database, campaign: Campaign) -> None:
    """Close a campaign now: nothing unlocks in it any more, and nobody can enter."""
    await database.write(campaigns.close(campaign, now_ms()))


def new_action(campaign: Campaign, draft: ActionDraft) -> Program[Action]:
    """What stores an action. Raises DraftError; Duplicate when it is run, if the campaign has its
    tracking name."""
    draft.check()
    return campaigns.add_action(campaign, draft, now_ms())


async def make_action(database: Database, campaign: Campaign, draft: ActionDraft) -> Action:
    """Store an action; DraftError, or Duplicate if the campaign has its tracking name."""
    return await database.write(new_action(campaign, draft))


class NewToken(NamedTuple):
    """A token, which is seen this once; `expires_at` (ms) is its end, and `store` stores its hash
    and gives its id."""

    token: str
    expires_at: int | None
    store: Program[int]


def new_token(
    name: str, *, scopes: Collection[Scope], days: int | None, campaign_key: str | None
) -> NewToken:
    """A token that is good for so many `days` from now (None: for ever), and in one campaign if
    that is given."""
    token, now = "trk_" + secrets.token_urlsafe(32), now_ms()
    ends = None if days is None else now + days * 86_400_000
    storing = tokens.create(
        name, token_hash(token), now, scopes=scopes, expires_at=ends, campaign_key=campaign_key
    )
    return NewToken(token, ends, storing)


async def make_token(
    database: Database,
    name: str,
    *,
    scopes: Collection[Scope] = USUAL,
    days: int | None = None,
    campaign_key: str | None = None,
) -> str:
    """Make an API token (see new_token); only its hash is stored, so this is the one time it can
    be seen."""
    made = new_token(name, scopes=scopes, days=days, campaign_key=campaign_key)
    await database.write(made.store)
    return made.token


def new_webhook(campaign: Campaign, draft: WebhookDraft, *, private: bool) -> Program[Webhook]:
    """What stores a webhook with a secret of 256 random bits; DraftError if the draft is wrong.

    `private` is the setting webhooks_private.
    """
    draft.check(private=private)
    return webhooks.add(campaign, draft.url, draft.events, webhook_secret(), now_ms())


def webhook_secret() -> str:
    """A secret by which requests to an endpoint are signed: 256 random bits."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


async def make_webhook(
    database: Database, campaign: Campaign, draft: WebhookDraft, *, private: bool
) -> Webhook:
    """Store a webhook; DraftError if the draft is wrong."""
    return await database.write(new_webhook(campaign, draft, private=private))
