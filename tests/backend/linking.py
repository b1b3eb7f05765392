"""Beacons that say more than pairs, and tokens, as tests of links need them."""

from __future__ import annotations

from typing import Any

from tests.backend.stored import (
    NOW,
    beacon_id,
    campaign_in,
    query_write,
    visitor,
)
from trk.core.beacon import Beacon
from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.store import actions, xrefs
from trk.store.database import Database
from trk.store.submissions import Submission

HOUR = 3_600_000


def sent(number: int, by: int, *pairs: list[str | None], **more: Any) -> Submission:
    key = more.pop("key", "y2sB7")
    return Submission(key, Beacon(beacon_id(number), visitor(by), list(pairs), **more), NOW)


async def minted(database: Database, campaign: Campaign, entrant: int, token: str) -> int:
    [action, *_] = await database.read(actions.of_campaigns, [campaign.id])
    await database.write(xrefs.mint, campaign, entrant, action.id, token_hash(token), NOW)
    return action.id


async def over(database: Database) -> Campaign:
    """The campaign, which began long ago, and is over two hours after NOW."""
    for table in ("campaigns", "actions", "entrants"):
        await query_write(database, f"UPDATE {table} SET created_at = 1")
    await query_write(
        database, f"UPDATE campaigns SET published_at = 1, ends_at = {NOW + 2 * HOUR}"
    )
    return await campaign_in(database)


def late(number: int, by: int, *pairs: list[str | None]) -> Submission:
    """A beacon of an hour before that end, which comes an hour after it."""
    return sent(number, by, *pairs, age=2 * HOUR)._replace(received_at=NOW + 3 * HOUR)
