"""What a friend completed is taken back and given back: blocked, erased, and a place free again."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import mistakes, saved, signed_in, values
from tests.backend.calls import data
from tests.backend.campaign_pages import ANN
from tests.backend.conftest import api_of
from tests.backend.referring import (
    BOB,
    CEM,
    DEE,
    befriend,
    change,
    change_action,
    confirm,
    entered,
    entrant,
    friend,
    let,
    numbers,
    refer,
    rows,
    valid,
)
from tests.backend.stored import query
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


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
        assert await valid(app) == [False]
        status = (await browser.get("/y2sB7/status")).json()["status"]
        assert status["entries"] == 0
        await owner.post(f"{at}/unblock", json={"reason": "A mistake."})
        assert await valid(app) == [True]
        kinds = [each["kind"] for each in await data(owner, "corrections")]
        assert kinds == ["blocked", "invalidated", "unblocked", "restored"]
        await owner.post(
            "/campaigns/y2sB7/entrants/block", json={"ids": [bob], "reason": "A cheat."}
        )
    assert await valid(app) == [False]


@pytest.mark.parametrize("first_blocked", ["friend", "referrer"])
@pytest.mark.parametrize("first_back", ["friend", "referrer"])
@pytest.mark.parametrize("several", [True, False], ids=["several", "one"])
async def test_what_a_friend_did_counts_again_once_both_take_part_again(
    app: Starlette,
    browser: httpx.AsyncClient,
    first_blocked: str,
    first_back: str,
    several: bool,
) -> None:
    await refer(app)
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    who = await numbers(app)
    both = {"friend": who["bob@example.org"], "referrer": who[ANN["email"]]}

    async with await api_of(app) as owner:

        async def correct(name: str, deed: str) -> None:
            at = "/campaigns/y2sB7/entrants"
            if several:
                path, body = f"{at}/{deed}", {"ids": [both[name]], "reason": "A mistake."}
            else:
                path, body = f"{at}/{both[name]}/{deed}", {"reason": "A mistake."}
            answer = await owner.post(path, json=body)
            assert answer.status_code == 200, answer.text

        for name in sorted(both, key=lambda each: each != first_blocked):
            await correct(name, "block")
        [first, second] = sorted(both, key=lambda each: each != first_back)
        await correct(first, "unblock")
        assert await valid(app) == [False]
        await correct(second, "unblock")
    assert await valid(app) == [True]


@pytest.mark.parametrize("closes", [False, True])
async def test_who_comes_or_confirms_while_the_referrer_is_blocked_counts_once_they_are_let_in(
    closes: bool, app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, confirmed_only=True, settings={"friends": 5})
    link = await entered(browser)
    await confirm(app, browser, ANN["email"])
    async with friend(app, link, BOB) as bob, await api_of(app) as owner:
        await let(app, owner, "block", ANN["email"])
        await confirm(app, bob, BOB)
        async with friend(app, link, CEM) as cem:
            await confirm(app, cem, CEM)
        async with friend(app, link, DEE) as dee:
            assert await rows(app) == []
            if closes:
                await owner.post("/campaigns/y2sB7/close")
                await confirm(app, dee, DEE)  # who confirms after the end has come too late
        await let(app, owner, "unblock", ANN["email"])
    assert await rows(app) == [
        (ANN["email"], await entrant(app, each), True) for each in (BOB, CEM)
    ]


@pytest.mark.parametrize("way", ["together", "the referrer first", "the friend first"])
async def test_who_has_counted_has_the_place_again_when_all_are_let_in(
    way: str, app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, confirmed_only=True, settings={"friends": 1})
    link = await entered(browser)
    await confirm(app, browser, ANN["email"])
    async with friend(app, link, BOB) as bob, friend(app, link, CEM) as cem:
        await confirm(app, cem, CEM)
        await confirm(app, bob, BOB)
    counted = [(ANN["email"], await entrant(app, CEM), True)]
    assert await rows(app) == counted
    who = await numbers(app)
    both = {"ids": [who[ANN["email"]], who[CEM]], "reason": "So."}
    order = [CEM, ANN["email"]] if way == "the friend first" else [ANN["email"], CEM]
    async with await api_of(app) as owner:
        await owner.post("/campaigns/y2sB7/entrants/block", json=both)
        assert await valid(app) == [False]
        if way == "together":
            await owner.post("/campaigns/y2sB7/entrants/unblock", json=both)
        else:
            for each in order:
                await let(app, owner, "unblock", each)
    assert await rows(app) == counted


@pytest.mark.parametrize(
    "other",
    [
        {"verification": "tracking"},
        {"verification": "tracking", "frequency": "daily"},
        {"verification": "question", "question": "Who?", "answer_pattern": "x"},
        {"verification": "ill_know"},
    ],
)
async def test_what_a_friend_has_completed_is_given_back_whatever_completes_the_action_now(
    other: dict[str, str], app: Starlette, browser: httpx.AsyncClient
) -> None:
    number = await refer(app)
    await befriend(app, await entered(browser), BOB)
    async with await api_of(app) as owner:
        await change_action(owner, number, **other)
        await let(app, owner, "block", BOB)
        assert await valid(app) == [False]
        await let(app, owner, "unblock", BOB)
    assert await valid(app) == [True]


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
        assert await valid(app) == [False, True]
        await owner.post(f"{at}/unblock", json={"reason": "A mistake."})
    assert await valid(app) == [False, True], "one at most"


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
    assert await valid(app) == [False, True]


async def counted(app: Starlette) -> dict[str, int]:
    """The completions of friends, by the friend's number as the entries say it."""
    sql = "SELECT id, details FROM completions WHERE source = 'referral' ORDER BY id"
    found = await query(server_of(app).database, sql)
    return {row["details"]: row["id"] for row in found}


async def corrected(owner: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    return await owner.post(f"/campaigns/y2sB7/{path}", json={"reason": "x", **fields})


async def test_what_a_friend_completed_is_restored_only_if_the_friend_takes_part(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    await befriend(app, link, "bob@example.org", "cem@example.org")
    ids = list((await counted(app)).values())
    friends = await numbers(app)
    async with await api_of(app) as owner:
        for email, out in (
            ("bob@example.org", f"entrants/{friends['bob@example.org']}/block"),
            ("cem@example.org", ""),
        ):
            completion = (await counted(app))[f"entrant {friends[email]}"]
            if out:
                assert (await corrected(owner, out)).status_code == 200
            else:
                await owner.delete("/entrants", params={"email": email})
            assert (await corrected(owner, f"completions/{completion}/restore")).status_code == 409
            answer = await corrected(owner, "completions/restore", ids=ids)
            assert answer.status_code == 409
            assert answer.json()["error"]["code"] == "friend_out"
            assert "has to be confirmed" in answer.json()["error"]["message"]
        assert await valid(app) == [False, False]
    async with signed_in(app, "y2sB7") as pages:
        form = {**{f"entry-{each}": "on" for each in ids}, "reason": "x", "what": "restore"}
        answer = await pages.post("/entries", data=form)
    assert answer.status_code == 400
    assert "has to be confirmed" in mistakes(answer.text)["chosen"]
    assert await valid(app) == [False, False]


async def test_a_friend_who_has_not_confirmed_is_not_restored_where_that_is_needed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    await befriend(app, await entered(browser), "bob@example.org")
    [completion] = (await counted(app)).values()
    async with await api_of(app) as owner:
        await change(owner, confirmed_only=True)
        answer = await corrected(owner, f"completions/{completion}/restore")
        assert answer.json()["error"]["code"] == "friend_out"
        await change(owner, confirmed_only=False)
        await corrected(owner, f"completions/{completion}/invalidate")
        assert (await corrected(owner, f"completions/{completion}/restore")).status_code == 200
    assert await valid(app) == [True]


async def test_no_more_friends_are_restored_than_may_count(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    await befriend(app, link, "bob@example.org", "cem@example.org")
    bob, cem = (await counted(app)).values()
    async with await api_of(app) as owner, signed_in(app, "y2sB7") as pages:
        form = {f"entry-{bob}": "on", f"entry-{cem}": "on", "reason": "x"}
        done = saved(await pages.post("/entries", data={**form, "what": "invalidate"}))
        await befriend(app, link, "dee@example.org")
        answer = await corrected(owner, "completions/restore", ids=[bob, cem])
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "friends_full")
        answer = await pages.post("/entries", data={**form, "what": "restore"})
        assert answer.status_code == 400
        assert "as many friends" in mistakes(answer.text)["chosen"]
        page = (await pages.get(f"http://track.test{done}")).text
        step = values(page)["step"]
        answer = await pages.post("/undo?list=entries", data={"step": step})
        assert "Nothing was undone" in (await pages.get(f"http://track.test{saved(answer)}")).text
        assert await valid(app) == [False, False, True]
        assert (await corrected(owner, f"completions/{bob}/restore")).status_code == 200
        assert (await corrected(owner, f"completions/{cem}/restore")).status_code == 409
    assert await valid(app) == [True, False, True]


@pytest.mark.parametrize("way", ["by restoring", "by a new friend"])
async def test_the_last_place_is_taken_once_by_whoever_is_first(
    way: str, app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, settings={"friends": 1})
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    [bob] = (await counted(app)).values()
    async with await api_of(app) as owner:
        await corrected(owner, f"completions/{bob}/invalidate")
        both = (
            corrected(owner, f"completions/{bob}/restore"),
            befriend(app, link, "cem@example.org"),
        )
        await asyncio.gather(*(both if way == "by restoring" else both[::-1]))
    assert sum(valid for *_, valid in await rows(app)) == 1
