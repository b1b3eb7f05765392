"""A long list of codes is added, and taken back, a part at a time: beacons are stored in between,
and nobody sees any of it before it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import earn, mistake
from tests.backend.code_uploads.uploading import (
    CODES,
    NOTHING,
    between,
    given,
    nothing_is_left,
    shown,
    total,
)
from tests.backend.stored import query
from trk.core.campaign import Campaign
from trk.services import code_uploads, giving
from trk.services.code_uploads import add_codes, take_back_codes
from trk.services.codes import Sealed, put_back_codes, remove_codes
from trk.store import codes, rewards
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.program import Transaction

ONE = "/campaigns/y2sB7/codes"


async def test_nobody_sees_or_gets_a_code_of_a_list_before_it_is_whole(
    app: Starlette, api: httpx.AsyncClient, database: Database, campaign: Campaign
) -> None:
    seen: list[list[object]] = []

    async def look() -> None:
        await earn(app, api, 10 + len(seen))
        seen.append(await shown(database, campaign))
        chosen = [row["id"] for row in await query(database, "SELECT id FROM reward_codes")]
        assert (await database.write(remove_codes, campaign, chosen)).number == 0
        unfinished = await query(database, "SELECT id FROM code_uploads")
        assert await take_back_codes(database, campaign, unfinished[0]["id"]) == 0

    with between(database, look):
        answer = await api.post(ONE, params={"name": "spring.csv"}, content="\n".join(CODES))
    assert seen == [NOTHING, NOTHING]
    # Those who have waited have got theirs, in the order of earning them.
    assert answer.json() == {"added": 5, "total": 5, "left": 3, "low": False}
    assert await given(database, campaign) == ["A", "B"]
    assert await database.read(codes.known, campaign, CODES) == 5
    [upload] = await database.read(codes.uploads, campaign)
    assert (upload.name, upload.total, upload.left) == ("spring.csv", 5, 3)
    await nothing_is_left(database)
    notes = await query(database, "SELECT about FROM audit WHERE thing = 'codes'")
    assert [row["about"] for row in notes] == ["5"]


async def test_a_code_that_is_there_is_given_while_a_list_is_added(
    app: Starlette, api: httpx.AsyncClient, database: Database, campaign: Campaign
) -> None:
    assert await add_codes(database, campaign, ["C", "Z"]) == 2

    async def one_more() -> None:
        await earn(app, api, 10 + len(await given(database, campaign)))

    with between(database, one_more):
        assert await add_codes(database, campaign, CODES) == 4
    assert await given(database, campaign) == ["C", "Z"]
    assert await database.read(rewards.stock, campaign) == (6, 4)
    await nothing_is_left(database)


async def test_of_a_list_that_failed_in_the_middle_nothing_is_left_and_it_can_be_added_again(
    api: httpx.AsyncClient, database: Database, campaign: Campaign
) -> None:
    calls: list[int] = []

    async def fails() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise DatabaseError("the disk is full")

    key = {"idempotency-key": "first"}
    with between(database, fails):
        answer = await api.post(ONE, content="\n".join(CODES), headers=key)
    assert answer.status_code == 503
    assert await shown(database, campaign) == NOTHING
    # The same call again, which was not answered: it waits for nobody, and adds all of them.
    answer = await api.post(ONE, content="\n".join(CODES), headers=key)
    assert answer.json()["added"] == 5
    again = await api.post(ONE, content="\n".join(CODES), headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == answer.json()
    assert await total(database) == [(5, 5)]
    await nothing_is_left(database)


@pytest.mark.parametrize("second", [CODES, ["B", "X"], ["X", "Y", "Z"]])
async def test_of_two_lists_at_once_each_code_is_new_in_one(
    database: Database, database_url: str, campaign: Campaign, second: Sequence[str]
) -> None:
    other = Database(database_url)
    await other.open()
    try:
        added = await asyncio.gather(
            add_codes(database, campaign, CODES), add_codes(other, campaign, second)
        )
    finally:
        await other.close()
    number = len({*CODES, *second})
    assert sum(added) == number
    assert len(second) in added or 5 in added  # one of them has found nothing there
    assert await total(database) == [(number, number)]
    await nothing_is_left(database)


async def test_what_is_put_back_waits_for_a_list_that_is_added(
    database: Database, campaign: Campaign
) -> None:
    await add_codes(database, campaign, ["Z"])
    removed: Sealed = await database.write(remove_codes, campaign, [1])
    tasks: list[asyncio.Task[int]] = []

    async def put_back() -> None:
        tasks.append(asyncio.create_task(put_back_codes(database, campaign, removed)))
        await asyncio.wait(tasks, timeout=0.2)

    with between(database, put_back):
        assert await add_codes(database, campaign, CODES) == 5
    assert sorted([await task for task in tasks]) == [0, 1]
    assert await database.read(rewards.stock, campaign) == (6, 6)
    await nothing_is_left(database)


@pytest.mark.usefixtures("large")
async def test_who_waits_in_a_large_campaign_gets_a_code_some_at_a_time(
    app: Starlette,
    api: httpx.AsyncClient,
    database: Database,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (giving, code_uploads):
        monkeypatch.setattr(module, "GIVEN", 2)
    await earn(app, api, *range(1, 8))
    answer = await api.post(ONE, content="\n".join(CODES))
    # The first two get theirs with the list itself, and the others right after it.
    assert answer.json() == {"added": 5, "total": 5, "left": 3, "low": False}
    assert await given(database, campaign) == CODES
    assert await database.read(rewards.stock, campaign) == (5, 0)


async def test_codes_are_taken_back_in_parts_and_it_is_one_deed(
    app: Starlette, api: httpx.AsyncClient, database: Database, campaign: Campaign
) -> None:
    await add_codes(database, campaign, CODES, "first")
    await add_codes(database, campaign, ["Y", "Z"], "second")
    left: list[int] = []

    async def one_is_given() -> None:
        await earn(app, api, 10 + len(left))
        left.append((await database.read(rewards.stock, campaign)).left)

    [_, first] = await database.read(codes.uploads, campaign)
    with between(database, one_is_given):
        assert (await api.delete(f"{ONE}/uploads/{first.id}")).status_code == 204
    assert left == [4, 2]
    # The first got C, which was to be removed next, and the second one E.
    assert await given(database, campaign) == ["C", "E"]
    assert await total(database) == [(4, 4)]
    notes = await query(database, "SELECT about FROM audit WHERE deed = 'deleted'")
    assert [row["about"] for row in notes] == ["3"]
    answer = await api.delete(f"{ONE}/uploads/{first.id}")
    mistake(answer, 409, "not_done")


async def test_a_program_that_is_run_again_counts_once(
    database: Database, campaign: Campaign
) -> None:
    async with code_uploads.adding(database, campaign, CODES, "") as finish:

        async def fails(tx: Transaction) -> None:
            await finish(tx)
            raise DatabaseError("once more")

        with pytest.raises(DatabaseError):
            await database.write(fails)
        assert (await database.write(finish)).number == 5
    assert await total(database) == [(5, 5)]
