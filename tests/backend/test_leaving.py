"""Who leaves a campaign in a browser has left it there: the next person at that computer, who knows
their e-mail, sees nothing of theirs."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import call
from tests.backend.campaign_pages import ANN, BOB, PAGE, make
from tests.backend.confirming import SHOP, framed, known, link_to, secret
from tests.backend.conftest import api_of, client_of
from tests.backend.stored import query
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

NEXT = {**ANN, "name": "Next"}
REWARD = {"kind": "reward", "reward_kind": "shared", "reward_value": "SECRET-CODE"}


async def _sessions(app: Starlette) -> int:
    return len(await query(server_of(app).database, "SELECT 1 AS one FROM entrant_sessions"))


@pytest.mark.parametrize("presses", [1, 2, 3])
async def test_who_has_pressed_enter_several_times_leaves_at_once(
    app: Starlette, browser: httpx.AsyncClient, api: httpx.AsyncClient, presses: int
) -> None:
    await make(app, **REWARD, confirmed_only=False, reward_after=1)
    for _ in range(presses):
        assert (await browser.post("/y2sB7/enter", data=ANN)).status_code == 303
    assert await _sessions(app) == 1
    told = await api.post("/campaigns/y2sB7/beacons", json=call(1, ["VIP"], email=ANN["email"]))
    assert told.json()["pairs"] == ["unlocked"]
    assert "SECRET-CODE" in (await browser.get(PAGE)).text
    await browser.post("/y2sB7/leave")
    assert await _sessions(app) == 0
    assert "Check your e-mail" in (await browser.post("/y2sB7/enter", data=NEXT)).text
    page = await browser.get(PAGE)
    assert "SECRET-CODE" not in page.text
    assert known(page) is None


async def test_presses_at_the_same_time_leave_nothing_behind(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    # The cookie of an answer that came too late: the browser keeps the session before the last.
    kept = browser.cookies["trk_y2sB7"]
    await browser.post("/y2sB7/enter", data=ANN)
    browser.cookies.delete("trk_y2sB7")
    browser.cookies.set("trk_y2sB7", kept, domain="track.test", path="/y2sB7")
    await browser.post("/y2sB7/leave")
    assert await _sessions(app) == 0
    assert "Check your e-mail" in (await browser.post("/y2sB7/enter", data=NEXT)).text


async def test_a_confirmed_entrant_leaves_as_well(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True)
    await browser.post("/y2sB7/enter", data=ANN)
    await browser.post(await link_to(app))
    await browser.post("/y2sB7/enter", data=ANN)
    assert known(await browser.get(PAGE)) == "Ann"
    await browser.post("/y2sB7/leave")
    await browser.post("/y2sB7/enter", data=NEXT)
    assert known(await browser.get(PAGE)) is None


async def test_in_a_frame_too(app: Starlette, browser: httpx.AsyncClient) -> None:
    await make(app, allowed_origins=[SHOP])
    here = {"browser": secret("b")}
    for _ in range(2):
        _, token = await framed(browser, "enter", **ANN, **here)
    await framed(browser, "leave", session=token, **here)
    page, token = await framed(browser, "enter", **NEXT, **here)
    assert (known(page), token) == (None, "")


async def test_a_frame_that_has_lost_its_browsers_secret_leaves_the_one_it_entered_in(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, allowed_origins=[SHOP])
    here = {"browser": secret("b")}
    _, token = await framed(browser, "enter", **ANN, **here)
    await framed(browser, "leave", session=token)
    page, _ = await framed(browser, "enter", **NEXT, **here)
    assert known(page) is None


@pytest.mark.parametrize("leaves", [True, False])
async def test_who_enters_in_a_browser_takes_the_place_of_who_was_there(
    app: Starlette, browser: httpx.AsyncClient, leaves: bool
) -> None:
    await make(app, allowed_origins=[SHOP])
    here = {"browser": secret("b")}
    # Two tabs that were open before anybody had entered.
    await framed(browser, "enter", **ANN, **here)
    _, token = await framed(browser, "enter", **BOB, **here)
    if leaves:
        await framed(browser, "leave", session=token, **here)
    page, _ = await framed(browser, "enter", **NEXT, **here)
    assert known(page) is None


async def test_other_browsers_and_other_campaigns_are_not_left(app: Starlette) -> None:
    await make(app, allowed_origins=[SHOP])
    async with await api_of(app) as owner:
        other = {"name": "Other", "key": "k3mR8", "allowed_origins": [SHOP]}
        assert (await owner.post("/campaigns", json=other)).status_code == 201
    async with client_of(app) as shop:
        here = {"browser": secret("b")}
        _, token = await framed(shop, "enter", **ANN, **here)
        _, there = await framed(shop, "enter", **BOB, browser=secret("c"))
        elsewhere = {**ANN, **here, "origin": SHOP, "page": SHOP}
        assert "You’re in" in (await shop.post("/k3mR8/enter", data=elsewhere)).text
        assert await _sessions(app) == 3
        assert known((await framed(shop, session=token, **here))[0]) == "Ann"
        await framed(shop, "leave", session=token, **here)
        assert await _sessions(app) == 2
        assert known((await framed(shop, session=there, browser=secret("c")))[0]) == "Bob"
