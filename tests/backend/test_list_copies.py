"""A long list is frozen a part at a time: beacons are stored meanwhile, nobody sees it before it is
whole, and it is the list of one instant."""

from __future__ import annotations

from contextlib import AbstractContextManager

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend import in_parts
from tests.backend.announcing import ONE, over
from tests.backend.calls import call, entered, mistake
from tests.backend.drawing import begun, drawn, end_now, file_of, sha, told
from tests.backend.in_parts import Deed, Part
from tests.backend.stored import campaign_in, query, query_write, visitor
from trk.core.campaign import Campaign
from trk.services import people
from trk.services.jobs.deletion import Deletion
from trk.services.jobs.list_fixer import ListFixer
from trk.store import campaigns, draws, list_copies
from trk.store.database import Database
from trk.store.program import Transaction
from trk.web.server import server_of

LIST = "1 1\n2 2\n3 3\n4 4\n5 5\n"


@pytest.fixture(autouse=True)
def long(large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list is a long one, and a part has two entrants."""
    monkeypatch.setattr(list_copies, "PART", 2)


def between(database: Database, deed: Deed) -> AbstractContextManager[list[Part]]:
    """Let something be done, and be over, after each part that is copied."""
    return in_parts.between(database, lambda program: program is list_copies.add, deed)


async def nothing_is_left(database: Database) -> None:
    """The lists in the making are gone once the job has looked."""
    await Deletion(database).work()
    for table, entries, owner in (
        ("draws", "draw_entries", "draw_id"),
        ("fixed_lists", "fixed_entries", "list_id"),
    ):
        assert await query(database, "SELECT id FROM list_copies") == []
        loose = f"SELECT {owner} FROM {entries} WHERE {owner} NOT IN (SELECT id FROM {table})"
        assert await query(database, loose) == []


@pytest.mark.parametrize("table", list_copies.TABLES)
async def test_beacons_are_stored_and_nobody_sees_the_list_before_it_is_whole(
    app: Starlette, api: httpx.AsyncClient, table: str
) -> None:
    await over(app, api, 5)
    await api.post("/campaigns", json={"name": "Open", "key": "open1", "kind": "competition"})
    database = server_of(app).database
    seen: list[tuple[draws.Draw | None, int]] = []
    campaign = await campaign_in(database)
    if table == "draw_entries":
        await ListFixer(database).work()

    async def a_beacon() -> None:
        number = 100 + len(seen)
        body = call(number, ["Visit"], visitor=visitor(number))
        assert (await api.post("/campaigns/open1/beacons", json=body)).status_code == 200
        await entered(app, number)  # which holds the campaign
        plan = (await api.get(f"{ONE}/draw/plan")).json()
        seen.append((await database.read(draws.of, campaign), len(plan["fixed"])))

    with between(database, a_beacon) as parts:
        if table == "draw_entries":
            await drawn(api)
            assert "is correct" in told(await file_of(app))
        else:
            await ListFixer(database).work()
    assert [part.given[1] for part in parts] == [table] * 3
    assert seen == [(None, 1 if table == "draw_entries" else 0)] * 3
    assert len(await query(database, "SELECT id FROM trackings WHERE name = 'Visit'")) == 3
    fixed = (await api.get(f"{ONE}/draw/plan")).json()["fixed"]
    assert [each["digest"] for each in fixed] == [sha(LIST)]
    await nothing_is_left(database)


async def test_a_short_list_is_frozen_in_the_one_transaction(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "LARGE", 15)
    await over(app, api, 5)

    async def never() -> None:
        raise AssertionError

    with between(server_of(app).database, never):
        await drawn(api)
    assert sha(LIST) in await file_of(app)


async def test_what_is_completed_meanwhile_comes_after_the_list(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, 5)
    database = server_of(app).database
    await ListFixer(database).work()
    # The visitor of the last entrant completes what the first has; so does a new one.
    await entered(app, 9)
    late = iter([(5, "A1"), (9, "A1"), (9, "A2")])

    async def one_more() -> None:
        number, name = next(late)
        await query_write(
            database,
            "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, source, "
            "happened_at, completed_at) SELECT a.campaign_id, e.id, a.id, 'late', 1, 'tracking', "
            f"1, 1 FROM actions AS a, entrants AS e WHERE a.tracking_name = '{name}' "
            f"AND e.name = 'Entrant {number}'",
        )

    with between(database, one_more) as parts:
        await drawn(api)
    assert len(parts) == 3
    # Neither of the entrants has more of it than the other.
    assert sha(LIST) in await file_of(app)
    assert "fixed\n" not in await file_of(app)


@pytest.mark.parametrize(
    "deed", ["blocks", "invalidates", "erases", "deletes an action", "replaces an action"]
)
async def test_a_list_is_copied_anew_if_the_owner_corrects_something_meanwhile(
    app: Starlette, api: httpx.AsyncClient, deed: str
) -> None:
    await over(app, api, 5)
    database, calls = server_of(app).database, []
    await ListFixer(database).work()

    async def corrects() -> None:
        calls.append(deed)
        if len(calls) > 1:
            return
        if deed == "erases":
            assert await people.erase(database, "5@example.org")
            return
        answer = await {
            "blocks": lambda: api.post(f"{ONE}/entrants/5/block", json={"reason": "robot"}),
            "invalidates": lambda: api.post(
                f"{ONE}/completions/15/invalidate", json={"reason": "robot"}
            ),
            "deletes an action": lambda: api.delete(f"{ONE}/actions/5"),
            "replaces an action": lambda: api.delete(f"{ONE}/actions/5"),
        }[deed]()
        assert answer.is_success, answer.text
        if deed == "replaces an action":
            other = {"title": "Another", "tracking_name": "Another"}
            assert (await api.post(f"{ONE}/actions", json=other)).is_success

    with between(database, corrects) as parts:
        await drawn(api)
    assert len(parts) == 3 + (2 if deed in ("blocks", "erases") else 3)
    drawn_from = (await file_of(app)).partition("\n")[2].partition("fixed\n")[0]
    without = LIST.replace("5 5\n", "") if deed in ("blocks", "erases") else LIST[:-2] + "4\n"
    assert drawn_from == without
    assert "is correct" in told(await file_of(app))
    await nothing_is_left(database)


async def test_nothing_is_drawn_if_something_is_corrected_each_time(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, 5)
    database = server_of(app).database
    turns: list[str] = []
    await ListFixer(database).work()

    async def blocks() -> None:
        turns.append("block" if len(turns) % 2 == 0 else "unblock")
        body = {"reason": "to and fro"}
        assert (await api.post(f"{ONE}/entrants/5/{turns[-1]}", json=body)).is_success

    with between(database, blocks):
        said = mistake(await api.post(f"{ONE}/draw"), 409, "not_drawn")
    assert "were corrected at this moment" in said
    assert await query(database, "SELECT id FROM draws") == []
    await nothing_is_left(database)
    await drawn(api)


async def test_a_list_of_a_campaign_that_was_open_again_in_between_is_copied_anew(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, 5)
    await query_write(server_of(app).database, "UPDATE campaigns SET ends_at = NULL")
    assert (await api.post(f"{ONE}/close")).is_success
    database, times = server_of(app).database, []

    async def reopens_and_closes() -> None:
        times.append(1)
        if len(times) == 1:
            assert (await api.post(f"{ONE}/reopen")).is_success
            body = call(90, ["A2"], visitor=visitor(1))
            assert (await api.post(f"{ONE}/beacons", json=body)).is_success
            assert (await api.post(f"{ONE}/close")).is_success

    with between(database, reopens_and_closes):
        await ListFixer(database).work()
    [fixed] = (await api.get(f"{ONE}/draw/plan")).json()["fixed"]
    assert fixed["digest"] == sha(LIST.replace("1 1", "1 2"))
    assert fixed["fixed_at"] >= fixed["ended_at"]
    await nothing_is_left(database)


async def test_what_a_process_that_died_has_left_is_nobodys_and_goes(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, 5)
    database = server_of(app).database
    await ListFixer(database).work()
    campaign = await campaign_in(database)
    parts, _ = await database.read(list_copies.read, campaign)
    assert len(parts) == 3
    now = await database.now()
    for made_at in (now, now - list_copies.LEFT - 1):
        made = await begun(database, made_at)
        for part in parts[:2]:
            await database.write(list_copies.add, campaign, "draw_entries", made, part)
    assert await database.read(draws.of, campaign) is None
    # Somebody may be at work on the newer one; of the older one nothing stays.
    await Deletion(database).work()
    [left] = await query(database, "SELECT id, begun_at FROM list_copies")
    assert (left["id"], left["begun_at"]) == (made - 1, now)
    assert len(await query(database, "SELECT draw_id FROM draw_entries")) == 4
    await drawn(api)
    assert sha(LIST) in await file_of(app)
    await query_write(database, "UPDATE list_copies SET begun_at = 1")
    await nothing_is_left(database)
    assert len(await query(database, "SELECT draw_id FROM draw_entries")) == 5


async def test_a_list_that_was_given_up_is_never_taken(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, 5)
    database = server_of(app).database
    campaign = await campaign_in(database)
    state = await database.read(list_copies.state, campaign)
    made = await begun(database, 5)
    one = list_copies.Unfinished(campaign.id, made)
    assert await database.write(list_copies.give_up, "draw_entries", one)
    copy = list_copies.Copy(made, 5, state, 0)
    with pytest.raises(list_copies.Outdated, match="was given up"):
        await database.write(draws.freeze, campaign, "seed", 5, copy)
    assert await database.read(draws.of, campaign) is None


async def test_those_left_out_as_unconfirmed_are_counted_in_the_same_instant(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, 5)
    database = server_of(app).database
    await query_write(database, "UPDATE campaigns SET confirmed_only = 1")
    await query_write(database, "UPDATE entrants SET confirmed_at = 1 WHERE id <= 3")

    async def confirms() -> None:
        await query_write(database, "UPDATE entrants SET confirmed_at = 1 WHERE id = 4")

    await ListFixer(database).work()
    with between(database, confirms):
        await drawn(api)
    [made] = await query(database, "SELECT unconfirmed FROM draws")
    assert made["unconfirmed"] == 2
    assert sha("1 1\n2 2\n3 3\n") in await file_of(app)


async def test_a_list_may_take_longer_to_read_than_anything_else(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await over(app, api, 5)
    database, read = server_of(app).database, list_copies.read
    sleep = "SELECT 1 AS one" if database.sqlite else "SELECT pg_sleep(2.5)"

    async def slowly(tx: Transaction, campaign: Campaign) -> list_copies.ListSnapshot:
        await tx.fetch(sleep)
        return await read(tx, campaign)

    monkeypatch.setattr("trk.store.database._READ", 2.0)
    monkeypatch.setattr(list_copies, "read", slowly)
    await drawn(api)
    assert sha(LIST) in await file_of(app)


async def test_lists_are_fixed_at_the_end_too(app: Starlette, api: httpx.AsyncClient) -> None:
    await over(app, api, 5)
    await end_now(app)
    await ListFixer(server_of(app).database).work()
    [fixed] = (await api.get(f"{ONE}/draw/plan")).json()["fixed"]
    assert (fixed["digest"], fixed["entrants"], fixed["entries"]) == (sha(LIST), 5, 15)
