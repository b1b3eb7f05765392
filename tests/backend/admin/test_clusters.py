"""Before the draw, the owner sees who belongs together and leaves them out with one reason."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import SIGN_IN, mistakes, saved, signed_in, values
from tests.backend.calls import action, data, end, made, prize
from tests.backend.conftest import api_of
from tests.backend.networks import ELSEWHERE, enter
from tests.backend.stored import beacon_id, query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.fixture
async def api(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, whose server has the competition y2sB7: four entrants from one network,
    of whom the third is confirmed, and one from another."""
    async with await api_of(app) as client:
        await made(client)
        for n in range(1, 5):
            await enter(app, f"cheat+{n}", name=HOSTILE)
        await enter(app, "bob", ELSEWHERE)
        await query_write(
            server_of(app).database, "UPDATE entrants SET confirmed_at = 5 WHERE id = 3"
        )
        yield client


@pytest.fixture
async def browser(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; its base is the campaign y2sB7."""
    async with signed_in(app, "y2sB7") as client:
        yield client


def listed(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'name="entrant-(\d+)"', page)]


async def blocked(api: httpx.AsyncClient) -> list[int]:
    return [row["id"] for row in await data(api, "entrants?state=blocked")]


async def test_the_draw_shows_the_unconfirmed_and_the_clusters_before_it_is_made(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await prize(api, "Bike", 1)
    await action(api)
    call = {"id": beacon_id(1), "email": "cheat+3@example.org", "pairs": [["Purchase"]]}
    assert (await api.post("/campaigns/y2sB7/beacons", json=call)).status_code == 200
    for over in (False, True):
        if over:
            await end(app)
        page = (await browser.get("/draw")).text
        assert "<dt>Entrants</dt><dd>5</dd>" in page
        assert "<dt>E-mail not confirmed</dt><dd>4</dd>" in page
        assert "They count like everyone else" in page
        assert "4 entrants in 1 cluster." in page
        assert page.count("shares=network&amp;with=1") == 1
        assert page.count("shares=mailbox&amp;with=1") == 1
        assert "<script>alert" not in page
        assert "<img" not in page
    assert "5 entrants are in the draw" in page
    await query_write(server_of(app).database, "UPDATE campaigns SET confirmed_only = 1")
    page = (await browser.get("/draw")).text
    assert "1 entrant is in the draw if they have entries. 4 are excluded" in page
    saved(await browser.post("/draw", data={"sure": "on", "seed": ""}))
    assert "Active entrants" not in (await browser.get("/draw")).text


async def test_all_of_a_cluster_but_one_are_left_out_with_one_reason_and_taken_back(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    cluster = "/entrants?shares=network&with=1"
    page = (await browser.get(cluster)).text
    assert listed(page) == [4, 3, 2, 1]
    assert "Active entrants who share a network with" in page
    wrong = await browser.post(cluster, data={"what": "others", "reason": " "})
    assert wrong.status_code == 400
    assert set(mistakes(wrong.text)) == {"reason"}
    assert listed(wrong.text) == [4, 3, 2, 1]
    done = await browser.post(cluster, data={"what": "others", "reason": HOSTILE})
    assert "3 entrants were changed" in (await browser.get(saved(done).split("y2sB7")[1])).text
    assert await blocked(api) == [1, 2, 4]
    page = (await browser.get("/entrants?state=blocked")).text
    assert "3 entrants <span" in page
    assert "<script>alert" not in page
    [at] = re.findall(r'name="at" value="(\d+)"', page)
    back = await browser.post("/entrants/take-back", data={"at": at})
    assert "3 entrants were changed" in (await browser.get(saved(back).split("y2sB7")[1])).text
    assert await blocked(api) == []
    kinds = [row["kind"] for row in await data(api, "corrections")]
    assert kinds == ["blocked"] * 3 + ["unblocked"] * 3
    for nothing in ({"at": at}, {"at": "x"}, {}):
        saved(await browser.post("/entrants/take-back", data=nothing))
    assert len(await data(api, "corrections")) == 6


async def test_those_who_are_ticked_are_left_out_and_let_back(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    ticked = {"entrant-2": "on", "entrant-4": "on", "entrant-99": "on", "entrant-x": "on"}
    saved(await browser.post("/entrants", data={"what": "block", "reason": "One.", **ticked}))
    assert await blocked(api) == [2, 4]
    saved(await browser.post("/entrants", data={"what": "unblock", "reason": "No.", **ticked}))
    assert await blocked(api) == []
    for form, wrong in (
        ({"what": "block", "reason": "One."}, "chosen"),
        ({"what": "nothing", "reason": "One.", **ticked}, "chosen"),
        ({"what": "others", "reason": "One.", **ticked}, "chosen"),
        ({"what": "block", "reason": "x" * 1001, **ticked}, "reason"),
    ):
        answer = await browser.post("/entrants", data=form)
        assert answer.status_code == 400
        assert set(mistakes(answer.text)) == {wrong}
    assert await blocked(api) == []


async def test_all_who_are_unconfirmed_are_left_out_at_once(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get("/entrants?email=unconfirmed")).text
    assert listed(page) == [5, 4, 2, 1]
    assert "Block all unconfirmed" in page
    assert "Block all unconfirmed" not in (await browser.get("/entrants")).text
    form = {"what": "unconfirmed", "reason": "Nobody confirmed."}
    saved(await browser.post("/entrants?email=unconfirmed", data=form))
    assert await blocked(api) == [1, 2, 4, 5]


async def test_the_list_and_an_entrants_page_say_what_is_shared_and_what_is_not_confirmed(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get("/entrants")).text
    assert page.count("Shares a network with 3") == 4
    assert page.count("Shares a mailbox with 3") == 4
    assert "Not confirmed</span>" not in page
    await api.patch("/campaigns/y2sB7", json={"confirmed_only": True})
    assert (await browser.get("/entrants")).text.count("Not confirmed</span>") == 4
    one = html.unescape((await browser.get("/entrants/1")).text)
    assert "Their e-mail is not confirmed" in one
    assert 'with <a href="/admin/campaigns/y2sB7/entrants?shares=mailbox&with=1">3 others' in one
    assert "e-mail is not confirmed" not in (await browser.get("/entrants/3")).text
    for query, ids in {
        "shares=network": [4, 3, 2, 1],
        "shares=network&with=5": [5],
        "shares=browser&with=1": [1],
        "shares=street&with=x": [5, 4, 3, 2, 1],
        "email=confirmed": [3],
        "email=confirmed&shares=mailbox&order=oldest": [3],
    }.items():
        assert listed((await browser.get(f"/entrants?{query}")).text) == ids, query


async def test_who_belongs_together_has_a_page_for_rewards_too(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await api.patch("/campaigns/y2sB7", json={"kind": "reward"})
    assert 'href="/admin/campaigns/y2sB7/clusters"' in (await browser.get("/entrants")).text
    page = (await browser.get("/clusters")).text
    assert "4 entrants in 1 cluster." in page
    assert (
        await browser.get("http://track.test/admin/campaigns/none1/clusters")
    ).status_code == 404


async def test_a_session_that_ended_leaves_nobody_out_and_keeps_what_was_ticked(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    form = {"what": "block", "reason": "One.", "entrant-2": "on"}
    asked = await browser.post("/entrants", data=form)
    again = await browser.post("/entrants", data={**values(asked.text), **SIGN_IN})
    assert again.status_code == 200
    shown = values(again.text)
    assert (shown["reason"], shown["entrant-2"]) == ("One.", "on")
    assert await blocked(api) == []
