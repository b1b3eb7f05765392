"""Addresses that somebody else has made: they take nobody's browser, and say nothing of anybody."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from tests.backend.campaign_pages import (
    ANN,
    BOB,
    PAGE,
    VISITOR,
    arrive,
    bring,
    follow,
    make,
    new_ticket,
)
from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.stored import NOW, campaign_in, query, query_write
from trk.core.campaign import Campaign
from trk.store import entrants
from trk.web.campaign import entry
from trk.web.campaign.visit import Visit
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

SHOP = "https://shop.test"


async def token_of(browser: httpx.AsyncClient, action: int) -> str:
    """The token with which this browser's entrant is sent to the action's page."""
    answer = await browser.get(f"/y2sB7/go/{action}")
    [*_, token] = parse_qs(urlsplit(answer.headers["location"]).query)["xref"]
    return token


async def report(app: Starlette, visitor: str, *pairs: list[str | None], **more: Any) -> Any:
    """The answer to a beacon of a browser on the site."""
    async with client_of(app) as shop:
        answer = await shop.post("/y2sB7/beacon", json=beacon(*pairs, visitor=visitor, **more))
        assert answer.status_code == 200, answer.text
        return answer.json()


async def flagged(app: Starlette) -> list[str]:
    """The visitors of whom is said that several entrants share them."""
    rows = await query(server_of(app).database, "SELECT visitor FROM shared_visitors")
    return [row["visitor"] for row in rows]


async def links(app: Starlette) -> list[tuple[str, str, str]]:
    """Each linked visitor, with the entrant's name and what shows it."""
    sql = (
        "SELECT l.visitor, e.name, l.proof FROM links AS l JOIN entrants AS e "
        "ON e.id = l.entrant_id ORDER BY l.visitor"
    )
    rows = await query(server_of(app).database, sql)
    return [(row["visitor"], row["name"], row["proof"]) for row in rows]


async def who_counts(app: Starlette) -> list[str]:
    sql = (
        "SELECT e.name FROM completions AS c JOIN entrants AS e ON e.id = c.entrant_id "
        "WHERE c.invalidated_at IS NULL"
    )
    return [row["name"] for row in await query(server_of(app).database, sql)]


@pytest.mark.parametrize("how", ["token", "straight", "frame", "frame and session", "click"])
async def test_who_makes_ann_open_a_click_of_theirs_is_not_said_to_share_her_browser(
    how: str, app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app, allowed_origins=[SHOP])
    await browser.post("/y2sB7/enter", data=ANN)
    theirs = "b" * 32
    async with client_of(app) as cheat:
        ticket = new_ticket()
        await bring(app, ticket, visitor=theirs)
        await follow(browser, ticket)
        assert await links(app) == [(theirs, "Ann", "click")]
        framed = {"origin": SHOP, "page": f"{SHOP}/", "visitor": theirs, "session": ""}
        if how == "frame":
            await cheat.post("/y2sB7/enter", data={**BOB, **framed})
        else:
            await cheat.post("/y2sB7/enter", data=BOB)
        if how in ("token", "straight"):
            told = {"direct": True} if how == "straight" else {}
            answer = await report(app, theirs, xref=await token_of(cheat, action), **told)
            assert [each["code"] for each in answer["refused"]] == ["visitor_taken"]
        elif how == "frame and session":
            session = cheat.cookies["trk_y2sB7"]
            await cheat.post("/y2sB7/frame", data={**framed, "session": session})
        elif how == "click":
            await arrive(app, cheat, visitor=theirs)
    assert await flagged(app) == []


@pytest.mark.parametrize("given", ["token", "click"])
async def test_who_sends_ann_an_address_of_theirs_is_not_said_to_share_her_browser(
    given: str, app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app, allowed_origins=[SHOP])
    await browser.post("/y2sB7/enter", data=ANN)
    await report(app, VISITOR, xref=await token_of(browser, action), direct=True)
    assert await links(app) == [(VISITOR, "Ann", "direct")]
    async with client_of(app) as cheat:
        await cheat.post("/y2sB7/enter", data=BOB)
        if given == "token":
            answer = await report(app, VISITOR, xref=await token_of(cheat, action))
            assert [each["code"] for each in answer["refused"]] == ["visitor_taken"]
        else:
            await arrive(app, cheat)
    assert await flagged(app) == []
    assert await links(app) == [(VISITOR, "Ann", "direct")]


async def test_who_redeems_a_late_ticket_of_a_browser_that_was_linked_meanwhile_is_not_flagged(
    app: Starlette, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(app)
    ticket = new_ticket()
    await browser.get(f"{PAGE}?visitor={ticket}")
    await bring(app, ticket)
    database = server_of(app).database
    campaign = await campaign_in(database)
    real = entry.enter

    async def between(request: Request, found: Campaign, form: Any, visit: Visit) -> Any:
        await database.write(
            entrants.enter,
            campaign,
            name="Zoe",
            email="z@example.org",
            session_hash="z",
            visitor=VISITOR,
            now=NOW,
        )
        return await real(request, found, form, visit)

    monkeypatch.setattr(entry, "enter", between)
    await browser.post("/y2sB7/enter", data=ANN)
    assert await flagged(app) == []
    assert await links(app) == [(VISITOR, "Zoe", "session")]


async def test_a_browser_that_is_left_and_entered_by_another_is_flagged(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    assert await links(app) == [(VISITOR, "Ann", "click")]
    await browser.post("/y2sB7/leave")
    assert await links(app) == [(VISITOR, "Ann", "left")]
    await browser.post("/y2sB7/enter", data=BOB)
    assert await flagged(app) == [VISITOR]
    assert [name for _, name, _ in await links(app)] == ["Ann"]


async def test_who_leaves_has_been_in_all_the_visitors_that_their_browser_remembers(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    theirs, free = "b" * 32, "c" * 32
    async with client_of(app) as elsewhere:
        await arrive(app, browser, visitor=theirs)
        await arrive(app, elsewhere, visitor=theirs)
        await elsewhere.post("/y2sB7/enter", data={"name": "Zoe", "email": "zoe@example.org"})
    for each in (VISITOR, "d" * 32):
        await arrive(app, browser, visitor=each)
    await browser.post("/y2sB7/enter", data=ANN)
    assert sorted(await links(app)) == [
        (VISITOR, "Ann", "click"),
        (theirs, "Zoe", "click"),
        ("d" * 32, "Ann", "click"),
    ]
    await browser.post("/y2sB7/leave")
    assert sorted(await links(app)) == [
        (VISITOR, "Ann", "left"),
        (theirs, "Zoe", "click"),
        ("d" * 32, "Ann", "left"),
    ]
    await arrive(app, browser, visitor=free)
    await browser.post("/y2sB7/enter", data=BOB)
    assert sorted(await flagged(app)) == [VISITOR, "d" * 32]
    assert (free, "Bob", "click") in await links(app)


@pytest.mark.parametrize("path", [PAGE, "/y2sB7/status"])
async def test_a_remembered_visitor_that_a_token_has_linked_is_the_persons_who_is_signed_in(
    path: str, app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app)
    async with client_of(app) as giver:
        await giver.post("/y2sB7/enter", data=ANN)
        await report(app, VISITOR, ["VIP"], xref=await token_of(giver, action))
    await browser.post("/y2sB7/enter", data=BOB)
    browser.cookies.set("trk_visitor_y2sB7", VISITOR)
    assert '"done"' in (await browser.get(path)).text
    assert await links(app) == [(VISITOR, "Bob", "click")]
    assert await who_counts(app) == ["Bob"]


@pytest.mark.parametrize("by", ["a click", "a late click", "the shop's page", "an own action"])
async def test_a_stranger_with_a_given_token_gets_what_they_did_when_they_are_somebody(
    by: str, app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app, allowed_origins=[SHOP])
    async with client_of(app) as giver:
        await giver.post("/y2sB7/enter", data=ANN)
        given = await token_of(giver, action)
    assert (await report(app, VISITOR, ["VIP"], xref=given))["unlocked"] == ["VIP"]
    assert await links(app) == [(VISITOR, "Ann", "token")]
    assert await who_counts(app) == ["Ann"]
    ticket = new_ticket()
    if by == "a click":
        await arrive(app, browser)
    elif by == "a late click":
        await browser.get(f"{PAGE}?visitor={ticket}")
        await bring(app, ticket)
    if by == "the shop's page":
        framed = {"origin": SHOP, "page": f"{SHOP}/", "visitor": VISITOR, "session": ""}
        await browser.post("/y2sB7/enter", data={**BOB, **framed})
    else:
        await browser.post("/y2sB7/enter", data=BOB)
    if by == "an own action":
        assert await who_counts(app) == ["Ann"]
        await report(app, VISITOR, xref=await token_of(browser, action), direct=True)
    assert [(visitor, name) for visitor, name, _ in await links(app)] == [(VISITOR, "Bob")]
    assert await who_counts(app) == ["Bob"]
    again = await report(app, VISITOR, xref=given, direct=True)
    assert [each["code"] for each in again["refused"]] == ["visitor_taken"]
    assert await who_counts(app) == ["Bob"]


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.test/?q=M%FCller",
        "https://shop.test/?/forum/topic-1",
        "https://shop.test/?page",
        "https://shop.test/?f={x}|[y]^`'\"&a=&b=+",
    ],
)
async def test_the_shop_gets_its_own_query_byte_for_byte(
    app: Starlette, browser: httpx.AsyncClient, address: str
) -> None:
    action = await make(app)
    async with await api_of(app) as owner:
        path = f"/campaigns/y2sB7/actions/{action}"
        assert (await owner.patch(path, json={"url": f"{address}#part"})).status_code == 200
    await browser.post("/y2sB7/enter", data=ANN)
    answer = await browser.get(f"/y2sB7/go/{action}")
    assert answer.status_code == 303
    start, token = answer.headers["location"].split("&xref=")
    assert start == address
    assert re.fullmatch(r"[\w-]{32}#part", token)


async def test_the_31st_token_within_an_hour_leads_to_the_shop_without_one(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    for _ in range(30):
        assert len(await token_of(browser, action)) == 32
    answer = await browser.get(f"/y2sB7/go/{action}")
    assert answer.status_code == 303
    assert answer.headers["location"] == "https://shop.test/vip?a=1&xref=old&b=#part"
    assert answer.headers["referrer-policy"] == "strict-origin"
    assert len(await query(server_of(app).database, "SELECT id FROM xrefs")) == 30
    hour = "UPDATE xrefs SET minted_at = minted_at - 3600000"
    await query_write(server_of(app).database, hour)
    assert len(await token_of(browser, action)) == 32


@pytest.mark.parametrize("direct", ["true", 1, None])
async def test_a_direct_of_another_kind_is_refused(direct: object, app: Starlette) -> None:
    await make(app)
    async with client_of(app) as shop:
        answer = await shop.post("/y2sB7/beacon", json=beacon(["VIP"], xref="x", direct=direct))
    assert answer.status_code == 400
    assert "direct" in answer.json()["error"]["message"]
