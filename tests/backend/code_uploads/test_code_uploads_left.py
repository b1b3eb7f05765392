"""Of a list of codes whose server dies in the middle nothing is left, and nobody waits for it."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import entered
from tests.backend.code_uploads.uploading import CODES, NOTHING, between, nothing_is_left, shown
from tests.backend.stored import query, query_write
from trk.core.campaign import Campaign
from trk.services.code_uploads import add_codes
from trk.services.jobs.deletion import Deletion
from trk.store import rewards
from trk.store import unfinished_uploads as uploads
from trk.store.database import Database
from trk.store.errors import DatabaseError


async def test_of_a_list_whose_server_died_nothing_is_left(
    database: Database, campaign: Campaign
) -> None:
    upload = await half_made(database, campaign)
    await Deletion(database).work()  # somebody may still be at work on it
    assert len(await query(database, "SELECT id FROM reward_codes")) == 2
    await forgotten(database)
    await nothing_is_left(database)
    assert await query(database, "SELECT id FROM reward_codes") == []
    assert await shown(database, campaign) == NOTHING
    # Whoever comes back after that stores nothing, and is told so.
    with pytest.raises(uploads.GivenUp):
        await database.write(uploads.add, campaign, upload, ["C"], await database.now())
    with pytest.raises(uploads.GivenUp):
        await database.write(uploads.finish, campaign, upload, ["C"], 2)
    assert await query(database, "SELECT id FROM reward_codes") == []


async def test_the_next_list_does_not_wait_for_the_job(
    database: Database, campaign: Campaign
) -> None:
    await half_made(database, campaign)
    await forgotten(database)
    assert await add_codes(database, campaign, CODES) == 5
    assert await database.read(rewards.stock, campaign) == (5, 5)
    await nothing_is_left(database)


async def half_made(database: Database, campaign: Campaign) -> int:
    """A list whose server is killed after its first part."""
    now = await database.now()
    upload = await database.write(uploads.begin, campaign, "", now)
    assert upload is not None
    assert await database.write(uploads.add, campaign, upload, ["A", "B"], now) == 2
    return upload


async def forgotten(database: Database) -> None:
    """Time passes."""
    await query_write(database, f"UPDATE unfinished_uploads SET worked_at = worked_at - {10**6}")


async def test_a_code_that_a_server_of_the_version_before_has_given_stays(
    app: Starlette, database: Database, campaign: Campaign
) -> None:
    await half_made(database, campaign)
    person = await entered(app, 1)
    await query_write(database, f"UPDATE reward_codes SET entrant_id = {person} WHERE code = 'B'")
    await forgotten(database)
    await nothing_is_left(database)
    assert await database.read(rewards.stock, campaign) == (1, 0)


async def test_who_adds_a_list_to_a_campaign_that_is_deleted_meanwhile_is_told_so(
    api: httpx.AsyncClient, database: Database, campaign: Campaign
) -> None:
    async def delete() -> None:
        if await query(database, "SELECT 1 AS one FROM campaigns WHERE deleted_at IS NULL"):
            assert (await api.delete("/campaigns/y2sB7")).status_code == 204

    with between(database, delete):
        answer = await api.post("/campaigns/y2sB7/codes?heading=false", content="\n".join(CODES))
    assert answer.status_code == 404, answer.text
    await Deletion(database).work()
    for table in ("campaigns", "reward_codes", "code_uploads", "unfinished_uploads"):
        assert await query(database, f"SELECT 1 AS one FROM {table}") == []


async def test_a_campaign_is_deleted_with_a_list_in_the_making(
    api: httpx.AsyncClient, database: Database, campaign: Campaign
) -> None:
    upload = await half_made(database, campaign)
    assert (await api.delete("/campaigns/y2sB7")).status_code == 204
    await Deletion(database).work()
    for table in ("campaigns", "reward_codes", "code_uploads", "unfinished_uploads"):
        assert await query(database, f"SELECT 1 AS one FROM {table}") == []
    with pytest.raises(DatabaseError):
        await database.write(uploads.add, campaign, upload, ["C"], await database.now())
