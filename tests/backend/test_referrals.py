"""Refer a friend: who enters by an entrant's link completes that entrant's action."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, VISITOR, make
from tests.backend.conftest import api_of, client_of
from tests.backend.referring import (
    REFER,
    befriend,
    confirm,
    entered,
    friend,
    numbers,
    refer,
    rows,
    valid,
)

pytestmark = pytest.mark.by_turns


async def test_a_friend_who_enters_by_the_link_completes_the_action_up_to_n_times(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    number = await refer(app)
    link = await entered(browser)
    assert "0 of 2 friends" in (await browser.get(PAGE)).text
    await befriend(app, link, "bob@example.org")
    assert "1 of 2 friends" in (await browser.get(PAGE)).text
    status = (await browser.get("/y2sB7/status")).json()["status"]
    [state] = [each for each in status["actions"] if each["id"] == number]
    assert (state["state"], state["entries"], status["entries"]) == ("open", 3, 3)
    await befriend(app, link, "cem@example.org", "dee@example.org")
    status = (await browser.get("/y2sB7/status")).json()["status"]
    [state] = [each for each in status["actions"] if each["id"] == number]
    assert (state["state"], state["entries"]) == ("done", 6)
    who = await numbers(app)
    assert await rows(app) == [
        (ANN["email"], f"entrant {who['bob@example.org']}", True),
        (ANN["email"], f"entrant {who['cem@example.org']}", True),
    ]


async def test_where_only_confirmed_e_mails_count_a_friend_counts_when_they_confirm(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, confirmed_only=True)
    link = await entered(browser)
    assert "confirms their e-mail" in (await browser.get(PAGE)).text
    async with friend(app, link, "bob@example.org") as bob:
        assert await rows(app) == []
        await confirm(app, bob, "bob@example.org")
        assert len(await rows(app)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "https://shop.test/"),
        ("frequency", "daily"),
        ("signed", True),
        ("unique_value", True),
        ("question", "Who?"),
        ("friends", 0),
        ("friends", 1_001),
    ],
)
async def test_what_goes_with_no_referral_is_refused(
    field: str, value: object, sqlite_app: Starlette
) -> None:
    await make(sqlite_app)
    async with await api_of(sqlite_app) as owner:
        answer = await owner.post("/campaigns/y2sB7/actions", json={**REFER, field: value})
    assert answer.status_code == 400
    assert field in answer.json()["error"]["message"]


async def test_a_friend_brings_the_reward(app: Starlette, browser: httpx.AsyncClient) -> None:
    reward = {"reward_kind": "shared", "reward_value": "SAVE10", "reward_after": 1}
    await refer(app, kind="reward", **reward)
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    assert "SAVE10" in (await browser.get(PAGE)).text


async def test_the_link_on_a_page_with_the_script_keeps_whose_it_is(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    async with client_of(app) as friends:
        opened = await friends.get(f"{link}&visitor={VISITOR}")
        assert opened.status_code == 302
        await entered(friends, "bob@example.org")
    assert await valid(app) == [True]
