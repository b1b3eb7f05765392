"""Makes campaigns, actions and tokens from drafts: what the API and the command line share."""

from __future__ import annotations

import secrets
import string
import time

from backend.core.campaign import Action, Campaign, slug
from backend.core.drafts import ActionDraft, CampaignDraft, milliseconds
from backend.core.keys import token_hash
from backend.store import campaigns, tokens
from backend.store.database import Database

_ALPHABET = string.ascii_letters + string.digits


def _now() -> int:
    return time.time_ns() // 1_000_000


async def make_campaign(database: Database, draft: CampaignDraft) -> Campaign:
    """Store a campaign; DraftError if the draft is wrong, Duplicate if its key is taken."""
    draft.check()
    return await database.write(
        campaigns.create(
            key=draft.key or "".join(secrets.choice(_ALPHABET) for _ in range(6)),
            name=draft.name.strip(),
            slug=slug(draft.name),
            kind=draft.kind,
            description=draft.description,
            timezone=draft.timezone,
            starts_at=milliseconds(draft.starts_at),
            ends_at=milliseconds(draft.ends_at),
            show_entries=draft.show_entries,
            secret=secrets.token_urlsafe(32),
            now=_now(),
        )
    )


async def make_action(database: Database, campaign: Campaign, draft: ActionDraft) -> Action:
    """Store an action; DraftError, or Duplicate if the campaign has its tracking name."""
    draft.check()
    return await database.write(
        campaigns.add_action(
            campaign,
            title=draft.title.strip(),
            description=draft.description,
            url=draft.url,
            tracking_name=draft.tracking_name.strip(),
            worth=draft.worth,
            frequency=draft.frequency,
            now=_now(),
        )
    )


async def make_token(database: Database, name: str) -> str:
    """Make an API token; only its hash is stored, so this is the one time it can be seen."""
    token = "trk_" + secrets.token_urlsafe(32)
    await database.write(tokens.create(name, token_hash(token), _now()))
    return token
