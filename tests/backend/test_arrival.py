"""A click on the site leads to the campaign's page: a ticket says once, for a minute, who comes."""

from __future__ import annotations

import asyncio
from http.cookies import SimpleCookie

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import (
    ANN,
    BOB,
    PAGE,
    VISITOR,
    arrive,
    bring,
    bring_late,
    follow,
    linked,
    make,
    new_ticket,
)
from tests.backend.conftest import beacon, client_of
from tests.backend.stored import query, query_write
from trk.core.keys import token_hash
from trk.core.link import TICKET_LIFETIME
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def push(app: Starlette, visitor: str = VISITOR) -> str:
    """What becomes of a push of VIP."""
    async with client_of(app) as shop:
        answer = await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=visitor))
        word: str = answer.json()["pairs"][0]
        return word


def cookies_of(answer: httpx.Response) -> SimpleCookie:
    return SimpleCookie("; ".join(answer.headers.get_list("set-cookie")))


async def shared(app: Starlette) -> list[str]:
    rows = await query(server_of(app).database, "SELECT visitor FROM shared_visitors")
    return [row["visitor"] for row in rows]


async def test_who_has_entered_is_linked_at_once_and_the_address_is_clean(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    assert await push(app) == "waiting"
    await browser.post("/y2sB7/enter", data=ANN)
    answer = await arrive(app, browser)
    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    assert VISITOR not in answer.headers["set-cookie"]
    assert 'data-state="done"' in (await browser.get(PAGE)).text
    assert await linked(app) == [(VISITOR, "Ann")]
    [row] = await query(server_of(app).database, "SELECT * FROM tickets")
    assert row["used_at"] is not None


async def test_a_ticket_is_good_in_one_browser(app: Starlette, browser: httpx.AsyncClient) -> None:
    await make(app)
    ticket = new_ticket()
    await bring(app, ticket)
    await follow(browser, ticket)
    await bring(app, ticket)  # its beacon may come again
    async with client_of(app) as stranger:
        answer = await follow(stranger, ticket)
        assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
        await stranger.post("/y2sB7/enter", data=BOB)
        await stranger.get(PAGE)
        assert "trk_visitor_y2sB7" not in stranger.cookies
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann")]


@pytest.mark.parametrize("leads_to", ["y2sB7", "other1"])
async def test_a_click_on_a_page_with_two_campaigns_leads_to_either(
    leads_to: str, app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await api.post("/campaigns", json={"name": "Other", "key": "other1"})
    ticket = new_ticket()
    for key in ("other1", "y2sB7", "other1"):  # the last one comes again
        await bring(app, ticket, key=key)
    arrived = await browser.get(f"/{leads_to}?visitor={ticket}", follow_redirects=True)
    assert arrived.status_code == 200
    await browser.post(f"/{leads_to}/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann")]
    rows = await query(server_of(app).database, "SELECT used_at FROM tickets")
    assert sorted(row["used_at"] is None for row in rows) == [False, True]


async def test_of_many_who_open_it_at_once_one_is_the_visitor(app: Starlette) -> None:
    await make(app)
    ticket = new_ticket()
    await bring(app, ticket)

    async def opened() -> bool:
        async with client_of(app) as somebody:
            await follow(somebody, ticket)
            return "trk_visitor_y2sB7" in somebody.cookies

    assert sum(await asyncio.gather(*[opened() for _ in range(20)])) == 1


async def test_an_address_alone_changes_nothing_whoever_opens_it(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    """A mail program or a chat that looks where the address leads keeps no cookies."""
    await make(app)
    ticket = new_ticket()
    await bring(app, ticket)
    async with client_of(app) as looking:
        for method in ("HEAD", "GET"):
            await looking.request(method, f"{PAGE}?visitor={ticket}")
            looking.cookies.clear()
            await looking.request(method, PAGE)
    await follow(browser, ticket)
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann")]


@pytest.mark.parametrize("later", [TICKET_LIFETIME, -1000, -3_600_000])
async def test_a_ticket_is_good_for_a_minute_after_it_arrived_and_not_before(
    app: Starlette, browser: httpx.AsyncClient, later: int
) -> None:
    """Before: the server's clock was set back since."""
    await make(app)
    ticket = new_ticket()
    await bring(app, ticket)
    await query_write(
        server_of(app).database, f"UPDATE tickets SET arrived_at = arrived_at - {later}"
    )
    answer = await browser.get(f"/y2sB7?visitor={ticket}", follow_redirects=True)
    assert answer.status_code == 200
    assert "trk_visitor_y2sB7" not in browser.cookies
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == []


@pytest.mark.parametrize("by", ["entering", "the page", "a poll"])
async def test_a_page_that_is_quicker_than_the_beacon_is_told_by_the_browsers_next_request(
    app: Starlette, browser: httpx.AsyncClient, by: str
) -> None:
    await make(app)
    assert await push(app) == "waiting"
    if by != "entering":
        await browser.post("/y2sB7/enter", data=ANN)
    ticket = new_ticket()
    answer = await browser.get(f"{PAGE}?visitor={ticket}")
    cookie = cookies_of(answer)["trk_ticket_y2sB7"]
    assert (cookie.value, cookie["max-age"], bool(cookie["httponly"])) == (ticket, "60", True)
    await browser.get(PAGE)
    known = (await browser.get("/y2sB7/status")).headers["etag"]
    await bring(app, ticket)
    if by == "entering":
        await browser.post("/y2sB7/enter", data=ANN)
    elif by == "the page":
        assert 'data-state="done"' in (await browser.get(PAGE)).text
    else:
        polled = await browser.get("/y2sB7/status", headers={"if-none-match": known})
        assert polled.json()["status"]["actions"][0]["state"] == "done"
    assert await linked(app) == [(VISITOR, "Ann")]
    assert browser.cookies["trk_visitor_y2sB7"] == VISITOR
    assert "trk_ticket_y2sB7" not in browser.cookies


async def test_a_form_that_is_filled_in_wrongly_does_not_lose_the_visitor(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await bring_late(app, browser)
    assert (await browser.post("/y2sB7/enter", data={})).status_code == 400
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann")]


async def test_a_visitors_id_in_the_address_means_nothing(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    assert await push(app) == "waiting"
    await browser.get(f"{PAGE}?visitor={VISITOR}")
    await browser.post("/y2sB7/enter", data=ANN)
    await browser.get(PAGE)
    assert await linked(app) == []


async def test_the_ticket_of_a_linked_visitor_links_nobody_and_says_of_nobody_that_they_share(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    async with client_of(app) as other:
        await other.post("/y2sB7/enter", data=BOB)
        await arrive(app, other)
        assert "trk_visitor_y2sB7" not in other.cookies
    assert await linked(app) == [(VISITOR, "Ann")]
    assert await shared(app) == []


async def test_a_visitor_that_came_by_an_address_alone_says_of_nobody_that_they_share(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    async with client_of(app) as stranger:
        await arrive(app, stranger)
        await arrive(app, browser)
        await browser.post("/y2sB7/enter", data=ANN)
        await stranger.post("/y2sB7/enter", data=BOB)
        await stranger.post("/y2sB7/leave")
        await stranger.post("/y2sB7/enter", data={**BOB, "email": "cem@example.org"})
    assert await linked(app) == [(VISITOR, "Ann")]
    assert await shared(app) == []


async def test_who_enters_where_the_visitors_entrant_has_left_shares_the_browser(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    await browser.post("/y2sB7/leave")
    await browser.post("/y2sB7/enter", data=BOB)
    assert await linked(app) == [(VISITOR, "Ann")]
    assert await shared(app) == [VISITOR]


async def test_the_ticket_of_one_campaign_is_none_in_another(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await api.post("/campaigns", json={"name": "Other", "key": "other1"})
    ticket = new_ticket()
    await bring(app, ticket, key="other1")
    await browser.get(f"{PAGE}?visitor={ticket}")
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == []


async def test_only_the_hash_of_a_ticket_is_stored(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    ticket = new_ticket()
    answer = await bring(app, ticket)
    assert answer.json() == {"unlocked": [], "duplicate": False, "pairs": [], "refused": []}
    [row] = await query(server_of(app).database, "SELECT * FROM tickets")
    assert row["token_hash"] == token_hash(ticket)
    assert ticket not in repr(dict(row))


@pytest.mark.parametrize("ticket", ["", "x", "A" * 32, "a" * 33])
async def test_a_ticket_of_another_shape_is_refused(sqlite_app: Starlette, ticket: str) -> None:
    await make(sqlite_app)
    answer = await bring(sqlite_app, ticket)
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    assert message == f"ticket is {ticket!r}; expected 32 lower-case hexadecimal digits."
