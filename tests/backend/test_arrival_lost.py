"""A click on the site leads to the campaign's page, and answers get lost, forms fail and polls race
with it: who came is linked all the same."""

from __future__ import annotations

import asyncio
from typing import Any

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
from trk.core.link import TICKET_LIFETIME
from trk.store import entrants
from trk.store.errors import DatabaseError
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

OTHER = "b" * 32


class Lossy:
    """A browser whose answers can get lost: what they set was never heard of."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self._browser = browser

    async def lose(self, method: str, url: str, **given: Any) -> httpx.Response:
        before = dict(self._browser.cookies)
        answer = await self._browser.request(method, url, **given)
        self._browser.cookies.clear()
        for name, value in before.items():
            self._browser.cookies.set(name, value)
        return answer


@pytest.mark.parametrize("times", [1, 3])
async def test_the_first_answer_is_lost(
    app: Starlette, browser: httpx.AsyncClient, times: int
) -> None:
    await make(app)
    ticket = new_ticket()
    await bring(app, ticket)
    for _ in range(times):
        await Lossy(browser).lose("GET", f"{PAGE}?visitor={ticket}")
    await follow(browser, ticket)
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann")]


@pytest.mark.parametrize("early", [True, False])
async def test_the_pages_answer_is_lost(
    app: Starlette, browser: httpx.AsyncClient, early: bool
) -> None:
    """`early`: the page was quicker than the click's beacon."""
    await make(app)
    ticket = new_ticket()
    if not early:
        await bring(app, ticket)
    await browser.get(f"{PAGE}?visitor={ticket}")
    if early:
        await bring(app, ticket)
    for _ in range(2):
        await Lossy(browser).lose("GET", PAGE)
    await browser.get(PAGE)
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann")]


async def test_a_page_whose_answer_was_lost_hands_over_nobody_to_another_browser(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    ticket = new_ticket()
    await bring(app, ticket)
    await browser.get(f"{PAGE}?visitor={ticket}")
    await Lossy(browser).lose("GET", PAGE)
    async with client_of(app) as stranger:
        await follow(stranger, ticket)
        await stranger.post("/y2sB7/enter", data=BOB)
        # Nor with the ticket's cookie, without the browser's own.
        stranger.cookies.set("trk_ticket_y2sB7", ticket)
        stranger.cookies.delete("trk_browser_y2sB7")
        await stranger.get(PAGE)
    assert await linked(app) == []


async def test_once_its_minute_is_over_a_browser_redeems_nothing_again(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    ticket = new_ticket()
    await bring(app, ticket)
    await browser.get(f"{PAGE}?visitor={ticket}")
    await Lossy(browser).lose("GET", PAGE)
    await query_write(
        server_of(app).database, f"UPDATE tickets SET arrived_at = arrived_at - {TICKET_LIFETIME}"
    )
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == []


@pytest.mark.parametrize("redeemed", [True, False])
async def test_the_entering_fails(
    app: Starlette,
    browser: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    redeemed: bool,
) -> None:
    await make(app)
    ticket = new_ticket()
    if redeemed:
        await bring(app, ticket)
        await follow(browser, ticket)
    else:
        await browser.get(f"{PAGE}?visitor={ticket}")
        await bring(app, ticket)

    async def broken(*_: Any, **__: Any) -> None:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(entrants, "enter", broken)
        assert (await browser.post("/y2sB7/enter", data=ANN)).status_code == 503
    [row] = await query(server_of(app).database, "SELECT used_at FROM tickets")
    assert (row["used_at"] is not None) == redeemed
    assert (await browser.post("/y2sB7/enter", data={})).status_code == 400
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann")]


async def test_a_form_with_mistakes_keeps_who_came_for_longer_than_a_minute(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await bring_late(app, browser)
    assert (await browser.post("/y2sB7/enter", data={})).status_code == 400
    await query_write(
        server_of(app).database, f"UPDATE tickets SET arrived_at = arrived_at - {TICKET_LIFETIME}"
    )
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann")]


async def test_a_poll_whose_answer_is_lost_or_late_takes_nothing_from_the_entering(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await bring_late(app, browser)
    await Lossy(browser).lose("GET", "/y2sB7/status")
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann")]


async def test_polls_the_page_and_the_entering_race_for_the_same_ticket(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await bring_late(app, browser)
    answers = await asyncio.gather(
        *[browser.get("/y2sB7/status") for _ in range(5)],
        browser.get(PAGE),
        browser.post("/y2sB7/enter", data=ANN),
        *[browser.get("/y2sB7/status") for _ in range(5)],
    )
    assert {answer.status_code for answer in answers} == {200, 303}
    await browser.get(PAGE)
    assert await linked(app) == [(VISITOR, "Ann")]


@pytest.mark.parametrize("path", [PAGE, "/y2sB7/status"])
async def test_who_has_entered_is_linked_to_the_visitor_that_the_browser_remembers(
    app: Starlette, browser: httpx.AsyncClient, path: str
) -> None:
    """Whatever has kept it from being linked before."""
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    browser.cookies.set("trk_visitor_y2sB7", VISITOR)
    async with client_of(app) as shop:
        await shop.post("/y2sB7/beacon", json=beacon(["VIP"]))
    answer = await browser.get(path)
    assert '"done"' in answer.text
    assert await linked(app) == [(VISITOR, "Ann")]


async def test_a_framed_pages_poll_links_nobody_whom_the_page_on_its_own_remembers(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    token = browser.cookies["trk_y2sB7"]
    async with client_of(app, authorization=f"Bearer {token}") as framed:
        framed.cookies.set("trk_visitor_y2sB7", VISITOR)
        assert (await framed.get("/y2sB7/status")).json()["entered"] is True
    assert await linked(app) == []


async def test_a_visitor_that_cannot_be_linked_is_not_tried_with_every_poll(
    app: Starlette, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    browser.cookies.set("trk_visitor_y2sB7", VISITOR)
    tried = []

    async def refuse(*given: Any, **_: Any) -> None:
        tried.append(given)

    monkeypatch.setattr(entrants, "link_visit", refuse)
    answer = await browser.get("/y2sB7/status")
    assert len(tried) == 1
    [forgotten] = [each for each in answer.headers.get_list("set-cookie") if "visitor" in each]
    assert "Max-Age=0" in forgotten


async def test_all_that_clicks_have_brought_are_linked_when_the_person_enters(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    async with client_of(app) as shop:
        await shop.post("/y2sB7/beacon", json=beacon(["VIP"]))
    await arrive(app, browser)
    await arrive(app, browser, visitor=OTHER)
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann"), (OTHER, "Ann")]
    assert 'data-state="done"' in (await browser.get(PAGE)).text


async def test_two_clicks_whose_beacons_are_late_are_both_linked(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    first, second = new_ticket(), new_ticket()
    await follow(browser, first)
    await follow(browser, second)
    await bring(app, second, OTHER)
    await browser.get(PAGE)
    await bring(app, first)
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann"), (OTHER, "Ann")]


async def test_of_many_clicks_the_last_five_count(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    for n in range(7):
        await arrive(app, browser, visitor=f"{n:x}" * 32)
    await browser.post("/y2sB7/enter", data=ANN)
    assert [visitor[0] for visitor, _ in await linked(app)] == ["2", "3", "4", "5", "6"]


async def test_one_of_several_that_is_somebody_elses_keeps_no_other_from_being_linked(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await arrive(app, browser, visitor=OTHER)
    await arrive(app, browser)
    async with client_of(app) as elsewhere:
        await arrive(app, elsewhere, visitor=OTHER)
        await elsewhere.post("/y2sB7/enter", data=BOB)
    await browser.post("/y2sB7/enter", data=ANN)
    assert await linked(app) == [(VISITOR, "Ann"), (OTHER, "Bob")]
    assert await query(server_of(app).database, "SELECT visitor FROM shared_visitors") == []


@pytest.mark.parametrize("kept", ["", ".", "x.y", f"{VISITOR}.", f".{VISITOR}.{VISITOR}", "." * 9])
async def test_a_cookie_that_is_not_ours_breaks_nothing(
    app: Starlette, browser: httpx.AsyncClient, kept: str
) -> None:
    await make(app)
    for name in ("visitor", "left", "ticket", "browser"):
        browser.cookies.set(f"trk_{name}_y2sB7", kept)
    await browser.get(PAGE)
    assert (await browser.post("/y2sB7/enter", data=ANN)).status_code == 303
    assert (await browser.get("/y2sB7/status")).json()["entered"] is True
    assert await linked(app) == ([(VISITOR, "Ann")] if VISITOR in kept else [])
