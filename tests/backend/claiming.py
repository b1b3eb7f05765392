"""What tests of codes do: a campaign that gives them, and who claims one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.backend.stored import NOW, enter, query_write
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.services.code_uploads import add_codes
from trk.store import owners, rewards
from trk.store.database import Database


async def campaign_of(database: Database, key: str = "y2sB7", *, owned: int = 2) -> Campaign:
    """A reward campaign with codes (and without any yet), and so many owners."""
    for number in range(owned):
        await database.write(
            owners.add,
            name=f"Owner {number}",
            email=f"owner{number}@example.org",
            password_hash="",
            first=False,
            session_hash=f"session {number}",
            now=NOW,
        )
    draft = CampaignDraft("Thanks", key=key, kind="reward", reward_kind="codes")
    campaign = await database.write(make_campaign, draft)
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase"))
    return campaign


async def earners(database: Database, campaign: Campaign, count: int) -> list[int]:
    """Entrants who have earned a code and were not given one yet."""
    people = [await enter(database, campaign, number, linked=False) for number in range(count)]
    await query_write(
        database,
        "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, source, "
        "happened_at, completed_at) SELECT e.campaign_id, e.id, a.id, '', 1, 'api', 1, 1 "
        "FROM entrants AS e JOIN actions AS a ON a.campaign_id = e.campaign_id "
        f"WHERE e.campaign_id = {campaign.id}",
    )
    return people


async def list_codes(database: Database, campaign: Campaign, count: int) -> None:
    """Put codes into the list behind the back of who waits for one."""
    values = ", ".join(f"({campaign.id}, 'CODE-{n}')" for n in range(count))
    if count:
        sql = f"INSERT INTO reward_codes (campaign_id, code) VALUES {values}"
        await query_write(database, sql)


async def add(database: Database, campaign: Campaign, name: str, count: int) -> None:
    new = [f"{name}-{n}" for n in range(count)]
    assert await add_codes(database, campaign, new) == count


async def claim_at_once(
    databases: Sequence[Database], campaign: Campaign, people: Sequence[int]
) -> None:
    """Each of these entrants claims in a transaction of their own, all at the same time."""
    await asyncio.gather(
        *[
            databases[n % len(databases)].write(rewards.grant, campaign, [person], NOW)
            for n, person in enumerate(people)
        ]
    )
