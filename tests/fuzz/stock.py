"""What the requests of a run find: a campaign with one of everything, open or over."""

from __future__ import annotations

from tests.fuzz.made import KEY
from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.core.field import FieldDraft
from trk.core.keys import token_hash
from trk.core.webhook import WebhookDraft
from trk.services.actions import make_action
from trk.services.campaigns import close_campaign, make_campaign
from trk.services.fields import make_field
from trk.services.prizes import make_prize
from trk.services.webhooks import make_webhook
from trk.store import answers, campaigns, entrants
from trk.store.database import Database
from trk.store.program import select

_ENTRANTS = 3
_TABLES = {
    "action": "actions",
    "prize": "prizes",
    "field": "fields",
    "webhook": "webhooks",
    "entrant": "entrants",
    "completion": "completions",
    "tracking": "trackings",
}


async def stock(url: str) -> dict[str, str]:
    """The ids of what is there, by the names that templates have for them; what a request has
    deleted is made again. Every other campaign is over, so that its winners can be drawn."""
    database = Database(url)
    await database.open()
    try:
        campaign = await database.read(campaigns.by_key, KEY) or await _made(database)
        return await _ids(database, campaign)
    finally:
        await database.close()


async def _made(database: Database) -> Campaign:
    campaign = await database.write(make_campaign, CampaignDraft("Win a bike", key=KEY))
    known = await database.write(
        make_action, campaign, ActionDraft("I know", "Know", verification="ill_know")
    )
    await database.write(make_action, campaign, ActionDraft("Be VIP", "VIP"))
    await database.write(make_prize, campaign, PrizeDraft("A bike"))
    await database.write(make_field, campaign, FieldDraft(label="Colour", kind="text"))
    hook = WebhookDraft("https://shop.invalid/hook", ["winner.drawn"])
    await database.write(make_webhook, campaign, hook, private=True)
    for n in range(_ENTRANTS):
        entrant = await database.write(
            entrants.enter,
            campaign,
            name=f"Ann {n}",
            email=f"{n}@example.org",
            session_hash=token_hash(f"session {campaign.id} {n}"),
            visitor=f"{n:032x}",
            now=now_ms(),
        )
        assert entrant is not None
        await database.write(answers.give, campaign, known, entrant.id, "", now_ms())
    if campaign.id % 2 == 0:
        await database.write(close_campaign, campaign)
    return campaign


async def _ids(database: Database, campaign: Campaign) -> dict[str, str]:
    found = {}
    for name, table in _TABLES.items():
        sql = f"SELECT id FROM {table} WHERE campaign_id = $1 ORDER BY id LIMIT 1"
        for row in await database.read(select, sql, campaign.id):
            found[name] = str(row["id"])
    return found
