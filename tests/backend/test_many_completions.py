"""Whoever has completed very much gets their reward as quickly as others, in the same order."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.backend.steps import needs_no_more_for_many
from tests.backend.stored import NOW, enter, query_write
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import rewards
from trk.store.database import Database

_COLUMNS = (
    "completions (campaign_id, entrant_id, action_id, day, worth, source, happened_at, "
    "completed_at, invalidated_at)"
)


async def rewarding(database: Database, after: int = 2) -> Campaign:
    """A campaign with a reward for so many actions, of which it has three, and three entrants."""
    settings: dict[str, Any] = {
        "reward_kind": "shared",
        "reward_value": "THANKS",
        "reward_after": after,
    }
    campaign = await database.write(
        make_campaign, CampaignDraft("Win", key="y2sB7", kind="reward", **settings)
    )
    for name in ("Visit", "Purchase", "Vote"):
        draft = ActionDraft(name, name, frequency="daily")
        await database.write(make_action, campaign, draft)
    for number in (1, 2, 3):
        await enter(database, campaign, number)
    return campaign


async def completes(
    database: Database, entrant: int, action: int, day: str, invalidated: str = "NULL"
) -> None:
    row = f"1, {entrant}, {action}, '{day}', 1, 'tracking', 1, 1, {invalidated}"
    await query_write(database, f"INSERT INTO {_COLUMNS} VALUES ({row})")


async def test_a_reward_is_given_without_going_through_all_that_its_entrant_has_completed(
    sqlite_database: Database,
) -> None:
    campaign = await rewarding(sqlite_database)
    await completes(sqlite_database, 1, 2, "2026-11-01")
    await needs_no_more_for_many(
        sqlite_database,
        partial(rewards.grant, campaign=campaign, entrant_ids=[1, 2], now=NOW),
        _COLUMNS,
        "1, 1, 1, 'day ' || n, 1, 'tracking', 1, 1, NULL",
    )
    assert await sqlite_database.write(rewards.grant, campaign, [1, 2], NOW) == 1


async def test_rewards_are_given_in_the_order_of_earning_them(database: Database) -> None:
    campaign = await rewarding(database)
    await completes(database, 3, 1, "2026-11-01")
    await completes(database, 1, 1, "2026-11-01")
    await completes(database, 2, 2, "2026-11-01")
    await completes(database, 2, 3, "2026-11-02")
    await completes(database, 3, 1, "2026-11-02")  # one action on two days is one action
    await completes(database, 1, 3, "2026-11-03")
    found = await database.read(rewards.due, campaign, [1, 2, 3])
    assert [each.entrant_id for each in found] == [2, 1]
    await completes(database, 3, 2, "2026-11-04", invalidated="1")
    assert len(await database.read(rewards.due, campaign, [1, 2, 3])) == 2
    await completes(database, 3, 2, "2026-11-05")
    found = await database.read(rewards.due, campaign, [3, 2, 1])
    assert [each.entrant_id for each in found] == [2, 1, 3]
