"""A deleted action is gone at once; what is left of it does nothing, and goes in small parts."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.backend.deletion.deleting import left
from tests.backend.stored import (
    NOW,
    campaign_with,
    enter,
    push,
    query,
    query_write,
    statements,
    told,
)
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft
from trk.services.actions import change_action, delete_action, make_action
from trk.services.jobs.deletion import Deletion
from trk.store import actions, campaigns, deletion, draws, rewards
from trk.store.database import Database
from trk.store.errors import Gone
from trk.store.program import select
from trk.store.writer import Writer


async def test_what_a_deleted_action_has_left_wins_and_earns_nothing(
    database: Database, doomed: Campaign
) -> None:
    [action] = await database.read(actions.of_campaign, doomed.id)
    coupons = replace(doomed, reward_kind="codes")

    async def waiting() -> int:
        supply = await database.read(rewards.supply, coupons)
        assert supply is not None
        return supply.waiting

    assert await waiting() == 10
    await database.write(deletion.delete_action, action, NOW)
    assert (await left(database))["completions"] == 11
    assert await waiting() == 0
    theirs = f"SELECT id FROM entrants WHERE campaign_id = {doomed.id}"
    everybody = [row["id"] for row in await query(database, theirs)]
    await database.write(rewards.grant, replace(doomed, reward_kind="link"), everybody, NOW)
    assert await query(database, "SELECT id FROM claims") == []
    draw = await database.write(draws.freeze, doomed, "seed", NOW)
    assert await database.read(draws.entries, doomed, draw.id, 0) == []


async def test_nobody_completes_a_deleted_action_though_its_completions_are_there_still(
    database: Database, writer: Writer, doomed: Campaign
) -> None:
    [action] = await database.read(actions.of_campaign, doomed.id)
    await push(writer, 20, ["Purchase"], by=99)  # it waits
    await delete_action(database, action)
    assert (await left(database))["completions"] == 11
    assert await database.read(actions.of_campaign, doomed.id) == []
    assert (await told(writer, 21, ["Purchase"], by=1)).pairs == ["unmatched"]
    # Whoever looked at it before does not bring it back, nor take its name.
    with pytest.raises(Gone):
        await database.write(change_action, doomed, action, ActionDraft("Buy", "Purchase"))
    again = await database.write(make_action, doomed, ActionDraft("Buy again", "Purchase"))
    assert (await told(writer, 22, ["Purchase"], by=1)).pairs == ["unlocked"]
    # Who waited for the old one, and enters meanwhile, has it not done; nor the new one.
    await enter(database, doomed, 99)
    await Deletion(database).work()
    mine = f"campaign_id = {doomed.id}"
    rows = await query(database, f"SELECT action_id FROM completions WHERE {mine}")
    assert [row["action_id"] for row in rows] == [again.id]
    rows = await query(
        database, f"SELECT 1 AS one FROM trackings WHERE {mine} AND action_id = {action.id}"
    )
    assert rows == []
    assert (await database.read(campaigns.extent, doomed)).completions == 1


async def test_an_action_s_end_goes_on_where_it_was_left_or_from_the_beginning(
    database: Database, doomed: Campaign
) -> None:
    await query_write(
        database,
        "INSERT INTO corrections (campaign_id, kind, completion_id, reason, made_at) "
        f"SELECT {doomed.id}, 'invalidated', id, 'why', 1 FROM completions WHERE id <= 2",
    )
    [action] = await database.read(actions.of_campaign, doomed.id)
    await delete_action(database, action)
    [one] = await database.read(deletion.deleted_actions)
    place: deletion.DeletionProgress | None = deletion.BEGINNING
    for _ in range(3):
        assert place is not None
        place = await database.write(deletion.erase_action_part, one, place, 3)
    assert 1 < (await left(database))["completions"] < 11
    await Deletion(database).work()
    assert (await left(database))["completions"] == 1
    assert await query(database, "SELECT 1 AS one FROM corrections") == []
    assert await database.read(deletion.deleted_actions) == []


async def test_erasing_an_action_s_completions_does_not_look_through_all_corrections(
    sqlite_database: Database,
) -> None:
    campaign = await campaign_with(sqlite_database)
    [action] = await sqlite_database.read(actions.of_campaign, campaign.id)
    one = await sqlite_database.write(deletion.delete_action, action, NOW)
    place = deletion.DeletionProgress(1)
    seen = await statements(sqlite_database, lambda tx: deletion.erase_action_part(tx, one, place))
    plans = {
        step["detail"]
        for sql, args in seen
        for step in await sqlite_database.read(select, f"EXPLAIN QUERY PLAN {sql}", *args)
    }
    assert [each for each in plans if " corrections " in each] == [
        "SEARCH corrections USING COVERING INDEX ix_corrections_completion "
        "(campaign_id=? AND completion_id=?)"
    ]
