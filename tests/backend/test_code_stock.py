"""How many codes are left is known at once, of many campaigns too, and goes with its campaign."""

from __future__ import annotations

from typing import Any

from tests.backend.claiming import add, campaign_of, claim_at_once, earners
from tests.backend.stored import NOW, query, statements
from trk.store import codes, missed_rewards, rewards
from trk.store.database import Database
from trk.store.deletion import delete_campaign, erase_campaign_part
from trk.store.program import Program, select


async def test_a_campaign_with_codes_can_be_deleted(database: Database) -> None:
    campaign = await campaign_of(database)
    await add(database, campaign, "CODE", 3)
    await database.write(delete_campaign, campaign, NOW)
    assert await database.write(erase_campaign_part, campaign.id)
    assert await query(database, "SELECT * FROM code_stocks") == []


async def test_the_campaigns_that_run_short_are_known_with_what_is_left(
    database: Database,
) -> None:
    keys = ("none1", "plenty", "few11", "gone1")
    made = {key: await campaign_of(database, key, owned=0) for key in keys}
    for key, count in (("plenty", 20), ("few11", 3), ("gone1", 1)):
        await add(database, made[key], key, count)
    for key, count in (("few11", 2), ("gone1", 2)):
        await claim_at_once((database,), made[key], await earners(database, made[key], count))
    short = await database.read(codes.short, [each.id for each in made.values()])
    assert {key: short.get(each.id) for key, each in made.items()} == {
        "none1": (0, 0),
        "plenty": None,
        "few11": (3, 1),
        "gone1": (1, 0),
    }


async def test_a_code_is_looked_for_among_those_that_this_campaign_has_left(
    sqlite_database: Database,
) -> None:
    """On SQLite, whose plan names the index: a claim may not pass all codes of another campaign."""
    database = sqlite_database
    campaign = await campaign_of(database)
    [person] = await earners(database, campaign, 1)
    programs: list[Program[Any]] = [
        lambda tx: codes.has_code(tx, campaign),
        lambda tx: codes.take(tx, campaign, [person], NOW),
        lambda tx: codes.short(tx, [campaign.id]),
        lambda tx: codes.left_of(tx, campaign, 1),
        lambda tx: rewards.stock(tx, campaign),
        missed_rewards.giving,
    ]
    for program in programs:
        plan: list[str] = []
        for asked, given in await statements(database, program):
            if "entrant_id IS NULL" in asked:
                rows = await database.read(select, f"EXPLAIN QUERY PLAN {asked}", *given)
                plan += [row["detail"] for row in rows]
        by = ("ix_reward_codes_free (campaign_id=?)", "(entrant_id=? AND campaign_id=?)")
        assert any(each in line for line in plan for each in by), plan
        assert not any("(entrant_id=?)" in line for line in plan), plan
