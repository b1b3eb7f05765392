"""Strangers enter no other campaign as somebody: with numbers, links, frames, their cookies."""

from __future__ import annotations

import re

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, BOB, PAGE, make
from tests.backend.confirmed_only import links
from tests.backend.confirming import known
from tests.backend.conftest import client_of
from tests.backend.entering_again import (
    NEXT,
    SAID,
    entered,
    entrants,
    hidden,
    make_next,
    offered,
)
from tests.backend.stored import query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_another_browser_and_one_that_only_looked_are_offered_nothing(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    await other.get(PAGE)
    assert await offered(other) is None
    # Nor is one whose e-mail was known: it has no session.
    assert "Check your e-mail" in (await other.post("/y2sB7/enter", data=ANN)).text
    assert await offered(other) is None


@pytest.mark.parametrize("again", ["", "0", "-1", "x", "9" * 40, "1 OR 1=1", "\0"])
async def test_a_number_lets_in_nobody(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient, again: str
) -> None:
    await entered(app, browser)
    for client in (browser, other):
        answer = await client.post("/n3xtC/enter", data={"again": again})
        assert answer.status_code == 400
    number = await offered(browser)
    assert (await other.post("/n3xtC/enter", data={"again": number})).status_code == 400
    assert await entrants(app) == []


async def test_a_link_that_somebody_else_has_sent_offers_nobody(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """Whoever presses the button of a stranger's link is that stranger in the one campaign, and is
    not asked to be it in the next; however often."""
    await entered(app, browser, confirmed_only=True)
    [link] = await links(app)
    assert (await other.post(link)).status_code == 303
    assert known(await other.get(PAGE)) == "Ann"
    assert await offered(other) is None
    await query_write(server_of(app).database, "UPDATE mails SET topic = 'an earlier one'")
    async with client_of(app) as third:
        await third.post("/y2sB7/enter", data=ANN)
    assert (await other.post((await links(app))[-1])).status_code == 303
    assert await offered(other) is None


async def test_a_link_over_ones_own_session_keeps_the_offer(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """Asked for elsewhere, and used where its entrant has typed the address."""
    await entered(app, browser)
    await other.post("/y2sB7/enter", data=ANN)
    [link] = await links(app)
    assert (await browser.post(link)).status_code == 303
    assert await offered(browser) is not None
    assert await offered(other) is None


async def test_a_form_of_another_sites_enters_nobody(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    for said in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = await browser.post("/n3xtC/enter", data={"again": ann}, headers=said)
        assert answer.status_code == 403
    assert await entrants(app) == []


async def test_a_frame_offers_nobody_and_remembers_nobody(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """Not even where the browser sends our cookies, as in a page of the same site."""
    shop = "https://shop.example"
    await entered(app, browser, allowed_origins=[shop])
    ann = await offered(browser)
    framed = {"origin": shop, "page": f"{shop}/bikes"}
    page = await browser.get("/n3xtC/frame", params={"origin": shop})
    assert SAID not in page.text
    assert hidden(page, "again") is None
    refused = await browser.post("/n3xtC/enter", data={**framed, "again": ann})
    assert refused.status_code == 400
    assert await entrants(app) == []
    await other.post("/y2sB7/enter", data={**BOB, **framed})
    assert await offered(other) is None


async def test_what_a_customers_page_knows_enters_no_other_campaign(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """It has the session's token and the browser's secret of its frame, and may know the address:
    good for this one campaign, as whoever allows its origin is told."""
    shop = {"origin": "https://shop.example", "page": "https://shop.example/bikes"}
    await make(app, confirmed_only=True, allowed_origins=[shop["origin"]])
    await make_next(app, confirmed_only=True)
    framed = await browser.post("/y2sB7/enter", data={**ANN, **shop, "browser": "s" * 32})
    [token] = re.findall(r'data-session="([\w-]+)"', framed.text)
    planted = {"cookie": f"trk_entered={token}"}
    assert hidden(await other.get(NEXT, headers=planted), "again") is None
    given = {**ANN, "browser": "s" * 32}
    assert (await other.post("/y2sB7/enter", data=given)).status_code == 303
    assert known(await other.get(PAGE)) == "Ann"
    assert await offered(other) is None
    await other.post((await links(app))[0])
    assert await offered(other) is None
    await other.post("/n3xtC/enter", data=ANN)
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


@pytest.mark.parametrize("junk", ["x", ".", "a" * 43, ".".join(["b" * 43] * 90), "\u00fc", '"'])
async def test_a_cookie_of_junk_offers_nobody(
    app: Starlette, browser: httpx.AsyncClient, junk: str
) -> None:
    await make_next(app)
    said = {b"cookie": f"trk_entered={junk}".encode()}
    page = await browser.get(NEXT, headers=said)
    assert page.status_code == 200
    assert hidden(page, "again") is None
    assert (await browser.post("/n3xtC/enter", data=ANN, headers=said)).status_code == 303
