"""Who has entered one campaign of a server is asked only whether to enter the next as the same."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, BOB, PAGE, make
from tests.backend.confirmed_only import links, stored
from tests.backend.confirming import known
from tests.backend.conftest import api_of
from tests.backend.entering_again import (
    ELSE,
    NEXT,
    SAID,
    entered,
    entrants,
    hidden,
    make_next,
    offered,
    press,
)
from tests.backend.stored import query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_one_button_enters_the_next_campaign_as_the_same_person(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    page = await browser.get(NEXT)
    assert SAID in page.text
    assert "a•••@example.org" in page.text
    assert "ann@example.org" not in page.text
    assert f'href="{ELSE}"' in page.text
    assert page.headers["cache-control"] == "private, no-store"
    answer = await press(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, NEXT)
    assert known(await browser.get(NEXT)) == "Ann"
    assert known(await browser.get(PAGE)) == "Ann"
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


async def test_who_wants_to_be_somebody_else_gets_the_usual_form(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    page = await browser.get(NEXT, params={"as": "new"})
    assert SAID not in page.text
    assert hidden(page, "again") is None
    for field in ("name", "email"):
        assert f'name="{field}"' in page.text
    assert ANN["email"] not in page.text
    assert (await browser.post("/n3xtC/enter", data=BOB)).status_code == 303
    assert known(await browser.get(NEXT)) == "Bob"
    assert known(await browser.get(PAGE)) == "Ann"


async def test_the_last_who_entered_is_offered(app: Starlette, browser: httpx.AsyncClient) -> None:
    await entered(app, browser)
    async with await api_of(app) as owner:
        await owner.post("/campaigns", json={"name": "Third", "key": "th1rd"})
    await browser.post("/th1rd/enter", data=BOB)
    assert "Enter as <bdi>Bob</bdi>" in (await browser.get(NEXT)).text
    await query_write(server_of(app).database, "UPDATE entrants SET blocked_at = 1 WHERE id > 1")
    assert SAID in (await browser.get(NEXT)).text


async def test_who_has_entered_the_next_from_another_browser_is_mailed_a_link(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    await other.post("/n3xtC/enter", data={**ANN, "name": "Thief"})
    answer = await press(browser)
    assert answer.status_code == 200
    assert "Check your e-mail" in answer.text
    assert "Thief" not in answer.text
    [link] = await links(app)
    assert (await browser.post(link)).status_code == 303
    assert known(await browser.get(NEXT)) == "Thief"
    assert known(await other.get(NEXT)) is None


async def test_a_button_that_is_pressed_twice_enters_once(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    page = await browser.get(NEXT)
    sent = {name: hidden(page, name) for name in ("again", "browser")}
    answers = await asyncio.gather(*(browser.post("/n3xtC/enter", data=sent) for _ in range(2)))
    assert [each.status_code for each in answers] == [303, 303]
    assert known(await browser.get(NEXT)) == "Ann"
    assert await entrants(app) == [("Ann", "ann@example.org", False)]
    sessions = await stored(app, "SELECT entrant_id FROM entrant_sessions")
    assert len(sessions) == 2, "one in each campaign"


async def test_a_first_button_that_is_pressed_twice_is_remembered_too(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await make_next(app)
    form = {**ANN, "browser": hidden(await browser.get(PAGE), "browser")}
    for _ in range(3):
        browser.cookies.clear()  # the first answers are lost
        assert (await browser.post("/y2sB7/enter", data=form)).status_code == 303
    assert await offered(browser) is not None


async def test_a_hostile_name_is_only_a_name(app: Starlette, browser: httpx.AsyncClient) -> None:
    await make(app)
    await make_next(app)
    name = "<b>\u2067A&\"'"
    await browser.post("/y2sB7/enter", data={"name": name, "email": "ann@example.org"})
    page = (await browser.get(NEXT)).text
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    await press(browser)
    [(stored_name, _, _)] = await entrants(app)
    [(first_name, _, _)] = await entrants(app, "y2sB7")
    assert stored_name == first_name


async def test_entering_the_next_is_in_the_language_of_its_page(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await make_next(app, languages=["de", "ar"])
    await browser.post("/y2sB7/enter", data=ANN)
    page = await browser.get(NEXT, headers={"accept-language": "de"})
    assert "Als <bdi>Ann</bdi> (<bdi>a•••@example.org</bdi>) mitmachen?" in page.text
    assert "Als jemand anderes mitmachen" in page.text
    await browser.get(NEXT, params={"lang": "ar"})
    assert "شارك باسم <bdi>Ann</bdi>" in (await browser.get(NEXT)).text
    await press(browser)
    languages = await stored(app, "SELECT language FROM entrants ORDER BY id")
    assert [row["language"] for row in languages] == ["en", "ar"]


async def test_who_wants_to_be_somebody_else_is_asked_so_in_another_language_too(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await make_next(app, languages=["en", "de"])
    await browser.post("/y2sB7/enter", data=ANN)
    somebody_else = await browser.get(NEXT, params={"as": "new"})
    for page, again in ((await browser.get(NEXT), True), (somebody_else, False)):
        switch = re.search(r'href="([^"]+)" hreflang="de" lang="de" target', page.text)
        assert switch is not None
        german = await browser.get(unescape(switch[1]))
        assert 'lang="de"' in german.text
        assert ("Als <bdi>Ann</bdi>" in german.text) == again
        await browser.get(NEXT, params={"lang": "en"})


async def test_the_newest_five_are_remembered(app: Starlette, browser: httpx.AsyncClient) -> None:
    await make_next(app)
    async with await api_of(app) as owner:
        for n in range(7):
            await owner.post("/campaigns", json={"name": f"No {n}", "key": f"numb{n}"})
    for n in range(7):
        who = {"name": f"P{n}", "email": f"p{n}@example.org"}
        assert (await browser.post(f"/numb{n}/enter", data=who)).status_code == 303
    assert len(browser.cookies["trk_entered"].split(".")) == 5
    for n in (6, 5, 4, 3, 2):
        assert f"Enter as <bdi>P{n}</bdi>" in (await browser.get(NEXT)).text
        blocked = f"UPDATE entrants SET blocked_at = 1 WHERE name = 'P{n}'"
        await query_write(server_of(app).database, blocked)
    assert await offered(browser) is None
