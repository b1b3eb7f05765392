"""What a friend completed is taken back and given back: blocked, erased, and a place free again."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette

from tests.backend.calls import data
from tests.backend.conftest import api_of
from tests.backend.referring import befriend, entered, numbers, refer, rows
from tests.backend.stored import query
from trk.web.server import server_of


async def test_a_blocked_friend_takes_it_back_and_an_unblocked_one_gives_it_back(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    bob = (await numbers(app))["bob@example.org"]
    async with await api_of(app) as owner:
        at = f"/campaigns/y2sB7/entrants/{bob}"
        await owner.post(f"{at}/block", json={"reason": "A cheat."})
        assert [valid for _, _, valid in await rows(app)] == [False]
        status = (await browser.get("/y2sB7/status")).json()["status"]
        assert status["entries"] == 0
        await owner.post(f"{at}/unblock", json={"reason": "A mistake."})
        assert [valid for _, _, valid in await rows(app)] == [True]
        kinds = [each["kind"] for each in await data(owner, "corrections")]
        assert kinds == ["blocked", "invalidated", "unblocked", "restored"]
        await owner.post(
            "/campaigns/y2sB7/entrants/block", json={"ids": [bob], "reason": "A cheat."}
        )
    assert [valid for _, _, valid in await rows(app)] == [False]


async def test_a_place_that_is_free_again_is_the_next_friends(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, settings={"friends": 1})
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    who = await numbers(app)
    async with await api_of(app) as owner:
        at = f"/campaigns/y2sB7/entrants/{who['bob@example.org']}"
        await owner.post(f"{at}/block", json={"reason": "A cheat."})
        await befriend(app, link, "cem@example.org")
        assert [valid for _, _, valid in await rows(app)] == [False, True]
        await owner.post(f"{at}/unblock", json={"reason": "A mistake."})
    assert [valid for _, _, valid in await rows(app)] == [False, True], "one at most"


async def test_who_is_erased_and_enters_again_counts_once(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    async with await api_of(app) as owner:
        answer = await owner.delete("/entrants", params={"email": "bob@example.org"})
        assert answer.status_code in (200, 204), answer.text
    assert await query(server_of(app).database, "SELECT * FROM referrals") == []
    await befriend(app, link, "bob@example.org")
    assert [valid for _, _, valid in await rows(app)] == [False, True]
