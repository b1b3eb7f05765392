"""What is over in one campaign is not offered in the next, nor what a card of before has named."""

from __future__ import annotations

import re

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, BOB
from tests.backend.confirmed_only import links
from tests.backend.confirming import known
from tests.backend.conftest import api_of
from tests.backend.entering_again import (
    NEXT,
    ask_in_next,
    confirmed,
    entered,
    entrants,
    hidden,
    offered,
    press,
)
from tests.backend.stored import query_write
from trk.store import erasure, people
from trk.store.people import Linked
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

GONE = "We no longer know you from the other campaign. Enter your name and e-mail."


async def test_a_card_of_before_enters_as_nobody_but_whom_it_named(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    await browser.post("/y2sB7/leave")
    await browser.post("/y2sB7/enter", data=BOB)
    answer = await browser.post("/n3xtC/enter", data={"again": ann})
    assert answer.status_code == 400
    assert GONE in answer.text
    assert "Bob" not in answer.text
    assert await entrants(app) == []


@pytest.mark.parametrize("asked", [False, True])
async def test_who_has_gone_since_the_card_was_shown_is_told_so_and_gets_the_form(
    app: Starlette, browser: httpx.AsyncClient, asked: bool
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    if asked:
        terms = await ask_in_next(app, "I accept the terms", kind="checkbox", required=True)
    await query_write(server_of(app).database, DELETED)
    answer = await browser.post("/n3xtC/enter", data={"again": ann})
    assert answer.status_code == 400
    # One sentence, where one goes on: nothing else was wrong.
    assert re.findall(r'<p class="mistake" id="([\w-]+)">([^<]+)', answer.text) == [
        ("name-mistake", GONE)
    ]
    assert re.search(r'<input id="name"[^>]+="name-mistake" autofocus', answer.text)
    for field in ("name", "email", *([terms] if asked else [])):
        assert f'name="{field}"' in answer.text
    form = {**ANN, **({terms: "yes"} if asked else {})}
    assert (await browser.post("/n3xtC/enter", data=form)).status_code == 303
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


DELETED = "UPDATE campaigns SET deleted_at = 1 WHERE key = 'y2sB7'"
ENDS = {
    "signed out": None,
    "blocked": "UPDATE entrants SET blocked_at = 1",
    "claimed": "UPDATE entrants SET claimed_at = 1",
    "unused for long": "UPDATE entrant_sessions SET used_at = 1",
    "deleted campaign": DELETED,
    "draft": "UPDATE campaigns SET published_at = NULL WHERE key = 'y2sB7'",
}


@pytest.mark.parametrize("end", ENDS)
async def test_what_is_not_shown_in_the_one_is_not_offered_in_the_next(
    app: Starlette, browser: httpx.AsyncClient, end: str
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    assert ann is not None
    sql = ENDS[end]
    if sql is None:
        await browser.post("/y2sB7/leave")
    else:
        await query_write(server_of(app).database, sql)
    assert await offered(browser) is None
    assert (await browser.post("/n3xtC/enter", data={"again": ann})).status_code == 400
    assert await entrants(app) == []


async def test_who_is_erased_in_the_one_is_offered_nothing_and_stays_in_the_next(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    await press(browser)
    await browser.post("/n3xtC/leave")
    database = server_of(app).database
    [first, _] = await database.read(people.by_email, ANN["email"])
    assert first.campaign_key == "y2sB7"
    assert await database.write(erasure.forget, first, Linked([], []), 0, 1)
    assert await offered(browser) is None
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


async def test_an_address_that_the_other_browser_has_proved_to_be_its_own_offers_the_thief_nothing(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    await other.post("/y2sB7/enter", data=ANN)
    assert await offered(browser) is None
    [link] = await links(app)
    await other.post(link)
    assert await offered(browser) is None
    # She asked for the link in this browser, and typed her address there.
    assert await offered(other) is not None
    assert (await press(other)).status_code == 303
    assert await entrants(app) == [("Ann", "ann@example.org", True)]


async def test_who_signs_out_of_one_is_offered_by_none(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    """Not by the one either whose card was pressed: the next person at this computer may be anybody
    (and is shown what is still open in another campaign, as always)."""
    await confirmed(app, browser)
    await press(browser)
    async with await api_of(app) as owner:
        third = {"name": "Third", "key": "th1rd", "confirmed_only": True}
        assert (await owner.post("/campaigns", json=third)).status_code == 201
    third_page = "/th1rd/third"
    ann = hidden(await browser.get(third_page), "again")
    assert ann is not None
    left = await browser.post("/y2sB7/leave")
    assert "trk_entered" not in browser.cookies
    for page in (left.headers["location"], third_page):
        assert hidden(await browser.get(page), "again") is None
    assert (await browser.post("/th1rd/enter", data={"again": ann})).status_code == 400
    assert known(await browser.get(NEXT)) == "Ann"
    # Who knows her address has not confirmed it by knowing it.
    assert (await browser.post("/th1rd/enter", data=ANN)).status_code == 303
    assert await entrants(app, "th1rd") == [("Ann", "ann@example.org", False)]


async def test_who_has_signed_out_is_offered_again_once_they_have_entered(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    await browser.post("/y2sB7/leave")
    await browser.post("/y2sB7/enter", data=BOB)
    assert "Enter as <bdi>Bob</bdi>" in (await browser.get(NEXT)).text
