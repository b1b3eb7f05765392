"""Who enters with another person's address has nothing of it once that person comes."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, arrive, make
from tests.backend.confirming import (
    EVE,
    FRAMED,
    OTHER,
    SHOP,
    actions_of,
    known,
    link_to,
    links,
)
from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.stored import query, query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def thief_and_owner(
    app: Starlette, thief: httpx.AsyncClient, owner: httpx.AsyncClient, **campaign: Any
) -> str:
    """Somebody enters with Ann's address, and she asks for a link; its path."""
    await make(app, **campaign)
    await arrive(app, thief, visitor=OTHER)
    await thief.post("/y2sB7/enter", data={**ANN, "name": "Thief"})
    assert "Check your e-mail" in (await owner.post("/y2sB7/enter", data=ANN)).text
    return await link_to(app)


async def test_the_first_confirmation_ends_every_other_session_and_unlinks_their_browsers(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    reward = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10"}
    link = await thief_and_owner(app, browser, other, **reward)
    stolen = browser.cookies["trk_y2sB7"]
    await other.post(link)
    assert known(await other.get(PAGE)) == "Thief"
    assert known(await browser.get(PAGE)) is None
    assert (await browser.get("/y2sB7/status")).json()["entered"] is False
    bearer = {"authorization": f"Bearer {stolen}"}
    assert (await browser.get("/y2sB7/status", headers=bearer)).json()["entered"] is False
    # What the thief's browser does from now on is not Ann's, and Ann's code is hers.
    answer = await browser.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=OTHER))
    assert answer.json()["pairs"] == ["waiting"]
    assert await links(app) == []
    await other.post("/y2sB7/beacon", json=beacon(["VIP"]))
    await arrive(app, other)
    assert "SAVE10" in (await other.get(PAGE)).text
    assert "SAVE10" not in (await browser.get(PAGE)).text


async def test_what_was_done_before_stays_and_a_unique_value_counts_once(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    link = await thief_and_owner(app, browser, other)
    async with await api_of(app) as owner:
        order = {"title": "Buy", "tracking_name": "Buy", "unique_value": True}
        await owner.post("/campaigns/y2sB7/actions", json=order)
    told = beacon(["Buy", "order-17"], ["VIP"], visitor=OTHER)
    assert (await browser.post("/y2sB7/beacon", json=told)).json()["pairs"] == ["unlocked"] * 2
    await other.post(link)
    assert (await other.get(PAGE)).text.count('data-state="done"') == 2
    # The thief enters as herself: the same beacon, and the same order, count for nobody again.
    await browser.post("/y2sB7/beacon", json=told)
    await browser.post("/y2sB7/enter", data=EVE)
    assert (OTHER, "Eve") in await links(app)
    again = beacon(["Buy", "order-17"], visitor=OTHER)
    assert (await browser.post("/y2sB7/beacon", json=again)).json()["pairs"] == ["refused"]
    sql = "SELECT e.name FROM completions AS u JOIN entrants AS e ON e.id = u.entrant_id"
    rows = await query(server_of(app).database, sql)
    assert [row["name"] for row in rows] == ["Thief", "Thief"]


@pytest.mark.parametrize("used", [True, False])
async def test_a_token_from_before_links_no_browser_again(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient, used: bool
) -> None:
    link = await thief_and_owner(app, browser, other)
    [action] = await query(server_of(app).database, "SELECT id FROM actions")
    await query_write(server_of(app).database, "UPDATE entrants SET claimed_at = NULL")
    gone = await browser.get(f"/y2sB7/go/{action['id']}")
    found = re.search(r"&xref=([\w-]+)#", gone.headers["location"])
    assert found is not None
    pushed = beacon(visitor="c" * 32, xref=found[1])
    if used:
        await browser.post("/y2sB7/beacon", json=pushed)
    await other.post(link)
    assert await links(app) == []
    refused = await browser.post("/y2sB7/beacon", json=beacon(visitor="c" * 32, xref=found[1]))
    assert [each["code"] for each in refused.json()["refused"]] == ["xref_unknown"]
    assert await links(app) == []


@pytest.mark.parametrize("again", [True, False])
async def test_what_strangers_did_with_a_token_that_was_given_away_is_still_theirs(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient, again: bool
) -> None:
    """Unlinking makes nothing that counted provisionally the giver's for good; `again`: another
    entrant's token has linked the stranger's browser meanwhile."""
    action = await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    stranger = "c" * 32

    async def given(giver: httpx.AsyncClient) -> str:
        gone = await giver.get(f"/y2sB7/go/{action}")
        [token] = re.findall(r"&xref=([\w-]{32})#", gone.headers["location"])
        return str(token)

    told = beacon(["VIP"], visitor=stranger, xref=await given(browser))
    assert (await other.post("/y2sB7/beacon", json=told)).json()["unlocked"] == ["VIP"]
    assert "Check your e-mail" in (await other.post("/y2sB7/enter", data=ANN)).text
    await other.post(await link_to(app))
    assert await links(app) == []
    if again:
        async with client_of(app) as second:
            await second.post("/y2sB7/enter", data={"name": "Zoe", "email": "zoe@example.org"})
            told = beacon(visitor=stranger, xref=await given(second))
            assert (await other.post("/y2sB7/beacon", json=told)).json()["refused"] == []
        assert await links(app) == [(stranger, "Zoe")]
    async with client_of(app) as third:
        await arrive(app, third, visitor=stranger)
        await third.post("/y2sB7/enter", data=EVE)
        assert 'data-state="done"' in (await third.get(PAGE)).text
    assert await links(app) == [(stranger, "Eve")]
    sql = (
        "SELECT e.name FROM completions AS u JOIN entrants AS e ON e.id = u.entrant_id "
        "WHERE u.invalidated_at IS NULL"
    )
    assert [row["name"] for row in await query(server_of(app).database, sql)] == ["Eve"]
    assert 'data-state="done"' not in (await other.get(PAGE)).text


async def test_who_confirms_where_they_have_entered_stays_and_so_does_their_browser(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """The thief was second: the first browser is the owner's."""
    link = await thief_and_owner(app, browser, other)
    assert await links(app) == [(OTHER, "Thief")]
    page = await browser.get(link)
    assert "another browser" not in page.text
    await browser.post(link)
    assert known(await browser.get(PAGE)) == "Thief"
    assert await links(app) == [(OTHER, "Thief")]
    assert known(await other.get(PAGE)) is None


async def test_a_later_confirmation_ends_no_session(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    link = await thief_and_owner(app, browser, other)
    await other.post(link)
    await query_write(server_of(app).database, "UPDATE mails SET topic = 'an earlier one'")
    async with client_of(app) as third:
        await third.post("/y2sB7/enter", data=ANN)
        await third.post(await link_to(app))
        assert known(await third.get(PAGE)) == "Thief"
    assert known(await other.get(PAGE)) == "Thief"


async def test_once_the_address_is_claimed_nothing_of_it_is_shown_until_it_is_confirmed(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    reward = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10"}
    await make(app, **reward)
    async with await api_of(app) as owner:
        quiz = {"title": "Quiz", "tracking_name": "Quiz", "verification": "ill_know"}
        made = (await owner.post("/campaigns/y2sB7/actions", json=quiz)).json()["id"]
    await browser.post("/y2sB7/enter", data={**ANN, "name": "Secretive"})
    await browser.post(f"/y2sB7/answer/{made}")
    assert "SAVE10" in (await browser.get(PAGE)).text
    known_as = {"if-none-match": (await browser.get("/y2sB7/status")).headers["etag"]}
    await other.post("/y2sB7/enter", data=ANN)
    page = await browser.get(PAGE)
    assert "Is this your e-mail?" in page.text
    for shown in ("SAVE10", "Secretive", "ann@", 'data-state="done"', "/answer/", "/go/"):
        assert shown not in page.text
    polled = await browser.get("/y2sB7/status", headers=known_as)
    assert (polled.status_code, polled.json()["entered"]) == (200, False)
    assert polled.json()["status"]["completed"] == 0
    [vip] = [row for row in await actions_of(app) if row != made]
    assert (await browser.get(f"/y2sB7/go/{vip}")).headers["location"] == PAGE
    # The same page is the way out of it.
    await browser.post(await link_to(app))
    assert "SAVE10" in (await browser.get(PAGE)).text


async def test_a_confirmed_address_is_claimed_by_nobody(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    link = await thief_and_owner(app, browser, other)
    await other.post(link)
    async with client_of(app) as third:
        await third.post("/y2sB7/enter", data=ANN)
    assert known(await other.get(PAGE)) == "Thief"


@pytest.mark.parametrize("in_frame", [True, False])
async def test_a_button_that_is_pressed_twice_or_whose_answer_was_lost_claims_nothing(
    app: Starlette, browser: httpx.AsyncClient, in_frame: bool
) -> None:
    await make(app, allowed_origins=[SHOP])
    page = await browser.get(PAGE)
    found = re.search(r'name="browser" value="([\w-]{32})"', page.text)
    assert found is not None
    given = {**ANN, "browser": found[1], **(FRAMED if in_frame else {})}
    for _ in range(3):
        answer = await browser.post("/y2sB7/enter", data=given)
        assert "Check your e-mail" not in answer.text
        browser.cookies.clear()
    rows = await query(server_of(app).database, "SELECT claimed_at FROM entrants")
    assert [row["claimed_at"] for row in rows] == [None]
    assert await query(server_of(app).database, "SELECT id FROM mails") == []


async def test_who_has_left_is_no_longer_known_by_the_browser(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    await browser.post("/y2sB7/leave")
    assert "Check your e-mail" in (await browser.post("/y2sB7/enter", data=ANN)).text


@pytest.mark.parametrize("spelled", ["Ann@BÜCHER.example", "ann@xn--bcher-kva.example"])
async def test_an_address_is_claimed_however_it_is_spelled(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient, spelled: str
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data={"name": "Thief", "email": "ann@bücher.example"})
    # The same browser, whose answer was lost, is in; another one claims what nobody has confirmed.
    browser.cookies.delete("trk_y2sB7")
    assert (await browser.post("/y2sB7/enter", data={**ANN, "email": spelled})).status_code == 303
    assert known(await browser.get(PAGE)) == "Thief"
    assert (
        "Check your e-mail"
        in (await other.post("/y2sB7/enter", data={**ANN, "email": spelled})).text
    )
    assert known(await browser.get(PAGE)) is None
