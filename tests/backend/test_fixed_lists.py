"""The list of a draw is fixed when the campaign ends, once; what becomes of it since is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import call, competition, entered, mistake, prize
from tests.backend.conftest import PUBLIC_URL, api_of, running
from tests.backend.drawing import (
    ONE,
    drawn,
    end_at,
    end_now,
    file_of,
    page_of,
    run_lines,
    sha,
    told,
    words,
)
from tests.backend.stored import NOW, query_write, visitor
from trk.clock import now_ms
from trk.core.draw import DrawError
from trk.services import people
from trk.services.jobs.list_fixer import ListFixer
from trk.settings import Settings
from trk.store.database import Database
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_of_several_servers_one_fixes_the_list_once(
    database_url: str, app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 4)
    others = [Database(database_url) for _ in range(4)]
    for each in others:
        await each.open()
    try:
        await end_now(app)
        await asyncio.gather(*[ListFixer(each).work() for each in others for _ in range(3)])
    finally:
        for each in others:
            await each.close()
    plan = (await api.get(f"{ONE}/draw/plan")).json()
    [fixed] = plan["fixed"]
    assert fixed["digest"] == sha("1 1\n2 2\n3 3\n4 4\n")
    assert (fixed["entrants"], fixed["entries"], fixed["opened_at"]) == (4, 10, None)
    assert fixed["fixed_at"] >= fixed["ended_at"]
    page = await page_of(app)
    assert fixed["digest"] in page
    assert "4 entrants with 10 entries" in words(page)
    # Whoever comes later changes nothing of it.
    await api.post(f"{ONE}/entrants/4/block", json={"reason": "robot"})
    await ListFixer(server_of(app).database).work()
    assert (await api.get(f"{ONE}/draw/plan")).json() == plan


async def test_a_list_that_a_dying_server_has_copied_only_gets_its_digest_from_the_next(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 3)
    await end_now(app)
    database = server_of(app).database
    await ListFixer(database).work()
    before = (await api.get(f"{ONE}/draw/plan")).json()["fixed"]
    await query_write(database, "UPDATE fixed_lists SET digest = NULL, entrants = NULL")
    assert (await api.get(f"{ONE}/draw/plan")).json()["fixed"] == []
    await api.post(f"{ONE}/entrants/3/block", json={"reason": "robot"})
    await ListFixer(database).work()
    assert (await api.get(f"{ONE}/draw/plan")).json()["fixed"] == before


async def test_a_campaign_that_ended_while_no_server_ran_gets_its_list_at_the_next_start(
    database_url: str,
) -> None:
    settings = Settings(database=database_url, public_url=PUBLIC_URL)
    async with running(settings) as app, await api_of(app) as api:
        await competition(app, api, 3)
        await end_at(app, now_ms() + 60_000)
    database = Database(database_url)
    await database.open()
    await query_write(database, f"UPDATE campaigns SET ends_at = {now_ms() - 1}")
    await database.close()
    async with running(settings) as app, asyncio.timeout(30):
        while sha("1 1\n2 2\n3 3\n") not in await page_of(app):
            pass


async def test_a_campaign_that_is_opened_again_gets_another_list_and_the_page_says_so(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 3)
    await prize(api, "Bike", 1)
    fixer = ListFixer(server_of(app).database)
    assert (await api.post(f"{ONE}/close")).is_success
    await fixer.work()
    first = (await api.get(f"{ONE}/draw/plan")).json()["fixed"][0]
    assert (await api.post(f"{ONE}/reopen")).is_success
    refused = await api.put(f"{ONE}/draw/plan", json={"kind": "drand"})
    assert "has already ended" in mistake(refused, 409, "not_drawn")
    await entered(app, 9)
    more = call(90, ["A1"], visitor=visitor(9))
    assert (await api.post(f"{ONE}/beacons", json=more)).status_code == 200
    assert (await api.post(f"{ONE}/close")).is_success
    await fixer.work()
    old, new = (await api.get(f"{ONE}/draw/plan")).json()["fixed"]
    assert (old["digest"], old["opened_at"] is None) == (first["digest"], False)
    assert (new["entrants"], new["opened_at"]) == (4, None)
    page = await page_of(app)
    assert first["digest"] in page
    assert "reopened, so that list doesn’t count" in words(page)
    # The end is moved instead of the closing being taken back: the same.
    await api.post(f"{ONE}/reopen")
    await api.patch(ONE, json={"ends_at": "2020-01-01T00:00:00Z"})
    await fixer.work()
    assert len((await api.get(f"{ONE}/draw/plan")).json()["fixed"]) == 3
    await api.patch(ONE, json={"ends_at": "2199-01-01T00:00:00Z"})
    assert (await api.get(f"{ONE}/draw/plan")).json()["fixed"][2]["opened_at"] is not None
    await api.patch(ONE, json={"ends_at": "2020-01-01T00:00:00Z"})
    result = await drawn(api)
    assert len(result["proof"]["fixed"]) == 4
    assert "reopened 3 times" in told(await file_of(app))
    assert "reopened 3 times" in words(await page_of(app))
    # After the draw, the lists stay as they are.
    await api.patch(ONE, json={"ends_at": "2199-01-01T00:00:00Z"})
    await fixer.work()
    assert (await api.get(f"{ONE}/draw")).json()["proof"] == result["proof"]


async def test_what_is_changed_after_the_list_was_fixed_is_told_and_both_lists_are_published(
    app: Starlette, api: httpx.AsyncClient, tmp_path: Path
) -> None:
    await competition(app, api, 6)
    await prize(api, "Bike", 2)
    # A late one: it was accepted, and counts.
    await entered(app, 7)
    await end_now(app)
    database = server_of(app).database
    await ListFixer(database).work()
    before = (await api.get(f"{ONE}/draw/plan")).json()["fixed"][0]
    late = call(70, ["A1"], visitor=visitor(7), age=60_000)
    assert (await api.post(f"{ONE}/beacons", json=late)).status_code == 200
    done = (await api.get(f"{ONE}/completions")).json()["data"]
    [one, *_] = [each["id"] for each in done if each["entrant_id"] == 6]
    url = f"{ONE}/completions/{one}/invalidate"
    assert (await api.post(url, json={"reason": "Ann cheated"})).is_success
    assert (await api.post(f"{ONE}/entrants/5/block", json={"reason": "robot"})).is_success
    await people.erase(database, "4@example.org")
    result = await drawn(api)
    fixed = "".join(f"{n} {n}\n" for n in range(1, 7))
    listed = "1 1\n2 2\n3 3\n6 5\n7 1\n"
    assert before["digest"] == sha(fixed)
    assert result["digest"] == sha(listed)
    assert result["seed"] == sha(f"{result['proof']['secret']}\n{sha(fixed)}")
    changes = result["proof"]["changes"]
    assert {name: count for name, count in changes.items() if count} == {
        "entrants_added": 1,
        "entrants_left_out": 2,
        "entries_added": 1,
        "entries_removed": 1 + 5 + 4,
        "invalidated": 1,
        "blocked": 1,
        "erased": 1,
        "late": 1,
    }
    file, page = await file_of(app), await page_of(app)
    assert file.split("\n", 1)[1] == f"{listed}fixed\n{fixed}"
    for said in (told(file), words(page)):
        assert "The list was changed after it was fixed" in said
        assert "1 entry more, 10 entries fewer; 1 entrant new, 2 removed." in said
        assert "1 completion invalidated by the organiser" in said
    assert "Ann cheated" not in file + page
    printed = await run_lines(page, file, tmp_path)
    assert len(printed) == 5
    assert all(line.endswith("True") for line in printed)
    for forged in (
        file.replace("\n6 5\n", "\n6 6\n"),
        file.replace("fixed\n1 1\n", "fixed\n1 2\n"),
        file.split("fixed\n")[0],
        file.replace('"blocked":1', '"blocked":1,"x":1'),
        file.replace('"entries_removed":10', '"entries_removed":0'),
    ):
        assert forged != file
        with pytest.raises(DrawError):
            told(forged)
    # One forged list in some draws the same winners by chance; eight do not.
    printed = []
    for entries in range(6, 14):
        forged = file.replace("\n6 5\n", f"\n6 {entries}\n")
        printed += await run_lines(page, forged, tmp_path)
    assert any(line.endswith("False") for line in printed)


async def test_corrections_that_take_nothing_from_a_list_do_not_keep_it_from_being_drawn(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 3)
    await prize(api, "Bike", 1)
    await end_now(app)
    await ListFixer(server_of(app).database).work()
    # Only of a list that has changed it is asked why.
    assert (await api.post(f"{ONE}/entrants/3/block", json={"reason": "robot"})).is_success
    for more in ("allow-browsers", "limit-browsers"):
        why = {"reason": "A family."}
        assert (await api.post(f"{ONE}/entrants/1/{more}", json=why)).is_success
    for kind in ("moved", "counted"):
        sql = (
            "INSERT INTO corrections (campaign_id, kind, entrant_id, reason, made_at) "
            f"SELECT id, '{kind}', 1, 'x', {now_ms()} FROM campaigns"
        )
        await query_write(server_of(app).database, sql)
    changes = (await drawn(api))["proof"]["changes"]
    assert {name: count for name, count in changes.items() if count} == {
        "entrants_left_out": 1,
        "entries_removed": 3,
        "blocked": 1,
    }


async def test_prizes_that_are_added_once_the_list_is_known_are_told(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 4)
    number = await prize(api, "Bike", 1)
    await end_now(app)
    await ListFixer(server_of(app).database).work()
    plan = (await api.get(f"{ONE}/draw/plan")).json()
    assert plan["fixed"][0]["prizes"] == [{"id": number, "title": "Bike", "winners": 1}]
    changed = await api.patch(f"{ONE}/prizes/{number}", json={"winners": 3})
    assert changed.status_code == 200
    assert len((await drawn(api))["wins"]) == 3
    for said in (told(await file_of(app)), words(await page_of(app))):
        assert "The prizes were changed after the list was fixed" in said


async def test_taken_back_entries_and_unconfirmed_entrants_are_counted(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 4)
    await prize(api, "Bike", 1)
    await api.post(f"{ONE}/entrants/4/block", json={"reason": "robot"})
    await api.post(f"{ONE}/completions/1/invalidate", json={"reason": "x"})
    await query_write(
        server_of(app).database, f"UPDATE entrants SET confirmed_at = {NOW} WHERE id = 2"
    )
    await end_now(app)
    await ListFixer(server_of(app).database).work()
    said = "The organiser invalidated 5 entries, and 1 entrant has not confirmed"
    assert said in words(await page_of(app))
    proof = (await drawn(api))["proof"]
    assert (proof["taken_back"], proof["unconfirmed"]) == (5, 1)
    assert said in words(await page_of(app))
    assert "e-mail: 1. Invalidated entries: 5." in told(await file_of(app))


async def test_what_a_fixed_list_says_of_a_person_is_in_their_export(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 2)
    await end_now(app)
    database = server_of(app).database
    await ListFixer(database).work()
    found = await people.export(database, "2@example.org")
    assert found is not None
    [listed] = found["campaigns"][0]["fixed_entries"]
    assert listed["entries"] == 2
