"""Makes campaigns, actions and tokens from drafts: what the API and the command line share."""

from __future__ import annotations

import secrets
import string

from backend.clock import now_ms
from backend.core.campaign import Action, Campaign
from backend.core.drafts import ActionDraft, CampaignDraft
from backend.core.keys import token_hash
from backend.core.starter import Starter
from backend.store import campaigns, draws, tokens
from backend.store.database import Database
from backend.store.program import Program

_ALPHABET = string.ascii_letters + string.digits


async def make_campaign(database: Database, draft: CampaignDraft) -> Campaign:
    """Store a campaign; DraftError if the draft is wrong, Duplicate if its key is taken."""
    draft.check()
    return await database.write(created(draft, now_ms()))


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


async def make_action(database: Database, campaign: Campaign, draft: ActionDraft) -> Action:
    """Store an action; DraftError, or Duplicate if the campaign has its tracking name."""
    draft.check()
    return await database.write(campaigns.add_action(campaign, draft, now_ms()))


async def make_token(database: Database, name: str) -> str:
    """Make an API token; only its hash is stored, so this is the one time it can be seen."""
    token = "trk_" + secrets.token_urlsafe(32)
    await database.write(tokens.create(name, token_hash(token), now_ms()))
    return token
