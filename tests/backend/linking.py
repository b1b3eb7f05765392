"""Beacons that say more than pairs, and tokens, as tests of links need them."""

from __future__ import annotations

from typing import Any

from tests.backend.stored import (
    NOW,
    beacon_id,
    visitor,
)
from trk.core.beacon import Beacon
from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.store import actions, xrefs
from trk.store.database import Database
from trk.store.submissions import Submission


def sent(number: int, by: int, *pairs: list[str | None], **more: Any) -> Submission:
    key = more.pop("key", "y2sB7")
    return Submission(key, Beacon(beacon_id(number), visitor(by), list(pairs), **more), NOW)


async def minted(database: Database, campaign: Campaign, entrant: int, token: str) -> int:
    [action, *_] = await database.read(actions.of_campaigns, [campaign.id])
    await database.write(xrefs.mint, campaign, entrant, action.id, token_hash(token), NOW)
    return action.id
