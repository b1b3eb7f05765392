"""Nothing is made of the number of friends while they are being counted anew: draws, lists and
exports wait, or say so."""

from __future__ import annotations

import asyncio
import csv
import io

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import mistake, prize
from tests.backend.drawing import drawn_in_a_hurry, end_now
from tests.backend.in_parts import between as between_parts
from tests.backend.recounts.deeds import asks, blocks, lets_count, lets_in
from tests.backend.recounts.friends import begun, counted, crowd, found
from tests.backend.stored import NOW, query
from trk.core.campaign import Campaign
from trk.services import recounting as counting
from trk.services.fixed_lists import fix_list
from trk.services.jobs.list_fixer import ListFixer
from trk.store import campaigns, fixed_lists, list_copies, readmissions
from trk.store.database import Database
from trk.store.errors import StillCounting
from trk.web.server import server_of

ONE = "/campaigns/y2sB7"
REFER = {"title": "Refer", "tracking_name": "Refer", "verification": "referral", "friends": 2}
ALL = {
    *((1, 4, "Refer", None), (1, 5, "Refer", None), (2, 6, "Refer", None), (2, 8, "Refer", None)),
    *((5, 13, "Refer", None), (5, 14, "Refer", None)),
}


@pytest.fixture
def database(app: Starlette) -> Database:
    return server_of(app).database


async def test_who_makes_it_necessary_sees_the_result_at_once(
    api: httpx.AsyncClient, database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_AT_ONCE", 100)
    made = await api.post(f"{ONE}/actions", json=REFER)
    assert await found(database) == ALL
    url = f"{ONE}/actions/{made.json()['id']}"
    assert (await api.patch(url, json={"friends": 3})).status_code == 200
    more = await found(database)
    assert more > ALL
    assert (await api.patch(ONE, json={"confirmed_only": True})).status_code == 200
    taken = {each[1] for each in await found(database) if each[3] is not None}
    assert taken == {5, 8, 13}
    assert not await begun(database)


async def test_what_takes_longer_is_left_to_the_job(
    api: httpx.AsyncClient, database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_AT_ONCE", 3)
    assert (await api.post(f"{ONE}/actions", json=REFER)).status_code == 201
    assert await begun(database)
    await counted(database)
    assert await found(database) == ALL


async def drawable(app: Starlette, api: httpx.AsyncClient) -> None:
    """The campaign is over, and more friends are being counted."""
    await prize(api, "A bike", 1)
    await end_now(app)
    await asks(server_of(app).database)


async def test_a_draw_waits_until_all_friends_are_counted(
    app: Starlette, api: httpx.AsyncClient, database: Database, campaign: Campaign
) -> None:
    await drawable(app, api)
    drawn = await api.post(f"{ONE}/draw")
    assert drawn.status_code == 201, drawn.text
    assert drawn.json()["entries"] == 6
    assert await found(database) == ALL


async def test_a_draw_that_would_wait_too_long_says_so_and_draws_nothing(
    app: Starlette,
    api: httpx.AsyncClient,
    database: Database,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await drawable(app, api)
    said = await drawn_in_a_hurry(api, database, monkeypatch)
    assert said == (
        "Friends are still being counted in campaign y2sB7, so nothing was drawn; try again in a "
        "moment."
    )
    await counted(database)
    assert (await api.post(f"{ONE}/draw")).json()["entries"] == 6


@pytest.mark.parametrize("long", [False, True])
async def test_a_draw_is_refused_where_counting_begins_at_its_last_moment(
    app: Starlette,
    api: httpx.AsyncClient,
    database: Database,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
    *,
    long: bool,
) -> None:
    if long:
        monkeypatch.setattr(campaigns, "LARGE", 0)
    await drawable(app, api)
    await counted(database)

    async def more() -> None:
        await lets_count(database, 3)

    with between_parts(database, lambda program: program is fixed_lists.publish, more):
        said = mistake(await api.post(f"{ONE}/draw"), 409, "not_drawn")
    assert "still being counted" in said
    assert await query(database, "SELECT id FROM draws") == []


async def test_a_list_is_fixed_once_all_friends_are_counted(
    app: Starlette, api: httpx.AsyncClient, database: Database, campaign: Campaign
) -> None:
    await drawable(app, api)
    await ListFixer(database).work()
    assert await query(database, "SELECT id FROM fixed_lists") == []
    with pytest.raises(StillCounting):
        await fix_list(database, campaign)
    await counted(database)
    await ListFixer(database).work()
    assert await entries(database) == [6]


async def test_a_list_is_not_due_before_the_friends_of_somebody_let_in_are_counted(
    app: Starlette,
    api: httpx.AsyncClient,
    database: Database,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readmissions, "FEW", 2)
    await drawable(app, api)
    await counted(database)
    for deed in (blocks(1, NOW + 8), lets_in(1)):
        await deed(database, campaign)
    await ListFixer(database).work()  # which would fail, and be told in the log
    assert await query(database, "SELECT id FROM fixed_lists") == []
    await counted(database)
    await ListFixer(database).work()
    assert len(await query(database, "SELECT id FROM fixed_lists")) == 1


@pytest.mark.usefixtures("large")
async def test_a_long_list_is_not_read_before_all_friends_are_counted(
    app: Starlette,
    api: httpx.AsyncClient,
    database: Database,
    campaign: Campaign,
) -> None:
    await drawable(app, api)

    async def to_the_end() -> None:
        await counted(database)

    begins = between_parts(database, lambda program: program is list_copies.begin, to_the_end)
    with begins, pytest.raises(StillCounting):
        await fix_list(database, campaign)
    assert await entries(database) == []


async def entries(database: Database) -> list[int]:
    """How many entries each list has that was fixed."""
    return [row["entries"] for row in await query(database, "SELECT entries FROM fixed_lists")]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("counts", ["half", "all"])
async def test_a_long_list_that_was_read_while_friends_were_counted_is_read_again(
    app: Starlette,
    api: httpx.AsyncClient,
    database: Database,
    campaign: Campaign,
    counts: str,
) -> None:
    await asks(database)
    await counted(database)
    await prize(api, "A bike", 1)
    await end_now(app)
    once: list[str] = []

    async def more() -> None:
        if not once:
            once.append(counts)
            await lets_count(database, 1000)
            if counts == "all":
                await counted(database)

    with between_parts(database, lambda program: program is list_copies.begin, more):
        if counts == "half":
            with pytest.raises(StillCounting):
                await fix_list(database, campaign)
            await counted(database)
        await ListFixer(database).work()
    assert await entries(database) == [9]


@pytest.mark.parametrize("name", ["entrants", "completions"])
async def test_exports_wait_until_all_friends_are_counted(
    api: httpx.AsyncClient, database: Database, campaign: Campaign, name: str
) -> None:
    await asks(database)
    answer = await api.get(f"{ONE}/{name}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert sum(int(row["entries"] if name == "entrants" else row["worth"]) for row in rows) == 6


async def test_several_servers_count_each_friend_once(
    database: Database, campaign: Campaign, database_url: str
) -> None:
    other = Database(database_url)
    await other.open()
    await asks(database)
    await crowd(database, "other")
    await asks(database, "other")
    await asyncio.gather(counting.finish(database, campaign), counting.finish(other, campaign))
    await other.close()
    assert await found(database) == ALL
    assert len(await query(database, "SELECT campaign_id FROM recounts")) == 1
    await counted(database)
    assert await found(database, "other") == ALL
