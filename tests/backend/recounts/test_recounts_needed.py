"""Friends are counted anew only where that can change something, and what they complete can't be
changed while they are counted: each counts by the same rules."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from tests.backend.recounts.deeds import asks, blocks, lets_count, lets_in, settles
from tests.backend.recounts.friends import begun, counted, crowd, found, number_of
from tests.backend.stored import NOW, query
from trk.core.campaign import Campaign
from trk.services import recounting as counting
from trk.services.actions import change_action, delete_action
from trk.services.drafts import action_draft_of
from trk.services.jobs.deletion import Deletion
from trk.store import actions, readmissions, recounts
from trk.store.database import Database
from trk.store.errors import StillCounting
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ONE = "/campaigns/y2sB7"


async def changes(database: Database, campaign: Campaign, **fields: Any) -> None:
    """The owner changes what friends complete."""
    [action] = await database.read(actions.of_campaign, campaign.id)
    draft = msgspec.structs.replace(action_draft_of(action), **fields)
    await database.write(change_action, campaign, action, draft)


async def test_where_friends_complete_nothing_they_are_not_counted(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readmissions, "FEW", 2)
    await settles(database, confirmed_only=True)
    assert not await begun(database)
    await blocks(1, NOW)(database, campaign)
    await lets_in(1)(database, campaign)
    assert not await database.read(recounts.under_way, campaign)


async def test_what_they_have_completed_is_still_taken_back_and_given_back(
    database: Database, campaign: Campaign
) -> None:
    await asks(database, friends=1000)
    await counted(database)
    await changes(database, campaign, verification="tracking")
    before = await found(database)
    await settles(database, confirmed_only=True)
    await counted(database)
    assert {each[1] for each in await found(database) if each[3] is not None} == {5, 8, 13}
    await settles(database, confirmed_only=False)
    await counted(database)
    assert await found(database) == before


async def test_of_an_action_that_is_deleted_nothing_is_left_to_count(
    database: Database, campaign: Campaign
) -> None:
    await asks(database)
    await counted(database)
    [action] = await database.read(actions.of_campaign, campaign.id)
    await delete_action(database, action)
    await Deletion(database).work()
    await settles(database, confirmed_only=True)
    assert not await begun(database)


CHANGES: list[dict[str, Any]] = [{"verification": "tracking"}, {"friends": 1}, {"worth": 7}]


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: next(iter(each)))
async def test_what_they_complete_is_not_changed_in_the_middle(
    database: Database, campaign: Campaign, change: dict[str, Any]
) -> None:
    await asks(database)
    await database.write(counting.count_part, campaign)
    with pytest.raises(StillCounting, match="friends are still being counted in campaign y2sB7"):
        await changes(database, campaign, **change)
    await counted(database)
    await changes(database, campaign, **change)
    await counted(database)
    assert len(await found(database)) == 6


async def test_who_read_it_before_somebody_let_more_count_does_not_change_it_either(
    database: Database, campaign: Campaign
) -> None:
    read = await asks(database)
    await counted(database)
    await lets_count(database, 3)
    with pytest.raises(StillCounting):
        await database.write(change_action, campaign, read, action_draft_of(read))
    await counted(database)
    await database.write(change_action, campaign, read, action_draft_of(read))
    assert len(await found(database)) == 7  # three of the first one’s


async def test_what_changes_nothing_for_them_does_not_wait(
    database: Database, campaign: Campaign
) -> None:
    await asks(database)
    await changes(database, campaign, title="Bring a friend")
    await lets_count(database, 3)
    await counted(database)
    assert len(await found(database)) > 6


@pytest.fixture
def served(app: Starlette) -> Database:
    return server_of(app).database


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: next(iter(each)))
async def test_a_change_through_the_api_lets_all_count_first(
    api: httpx.AsyncClient,
    served: Database,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
) -> None:
    campaign = await crowd(served, "y2sB7")
    action = await asks(served)
    monkeypatch.setattr(counting, "_AT_ONCE", 0)
    answer = await api.patch(f"{ONE}/actions/{action.id}", json=change)
    assert answer.status_code == 200, answer.text
    await counted(served)
    rows = await query(served, "SELECT worth, entrant_id FROM completions")
    first = [row for row in rows if row["entrant_id"] == number_of(campaign, 1)]
    assert len(first) == 2
    assert {row["worth"] for row in rows} == {action.worth}


async def test_a_change_that_would_wait_too_long_says_so(
    api: httpx.AsyncClient, served: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crowd(served, "y2sB7")
    action = await asks(served)
    monkeypatch.setattr(counting, "_PATIENCE", -1.0)
    answer = await api.patch(f"{ONE}/actions/{action.id}", json={"friends": 1})
    assert answer.status_code == 503, answer.text
    assert await begun(served)
