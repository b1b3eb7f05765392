"""A link in a mail makes nobody somebody else."""

from __future__ import annotations

import re

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, VISITOR, arrive, make
from tests.backend.confirming import (
    EVE,
    OTHER,
    SHOP,
    back_from,
    framed,
    known,
    link_to,
    links,
    secret,
)
from tests.backend.conftest import beacon, client_of
from tests.backend.stored import query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

# In customers' pages.


async def test_the_way_back_opens_one_session_in_the_browser_that_asked(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, allowed_origins=[SHOP])
    await browser.post("/y2sB7/beacon", json=beacon(["VIP"]))
    await framed(browser, "enter", **ANN, browser=secret("a"))
    page, _ = await framed(browser, "enter", **ANN, browser=secret("b"))
    assert f'data-browser="{secret("b")}"' in page.text
    confirmed = await back_from(app, browser)
    given = {"confirmed": confirmed, "browser": secret("b"), "visitor": VISITOR}
    page, token = await framed(browser, **given)
    assert known(page) == "Ann"
    # The link linked nobody: the page does, with its session, once it is told the visitor.
    assert await links(app) == []
    assert f'value="{VISITOR}"' not in page.text
    page, _ = await framed(browser, session=token, visitor=VISITOR, browser=secret("b"))
    assert 'data-state="done"' in page.text
    again, _ = await framed(browser, **given)
    assert known(again) is None


async def test_a_page_that_keeps_no_secret_is_given_one_when_a_mail_is_asked_for(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, allowed_origins=[SHOP])
    await framed(browser, "enter", **ANN, browser=secret("a"))
    page, _ = await framed(browser, "enter", **ANN, browser="")
    found = re.search(r'data-browser="([\w-]{32})"', page.text)
    assert found is not None
    given = {"confirmed": await back_from(app, browser), "browser": found[1]}
    assert known((await framed(browser, **given))[0]) == "Ann"


@pytest.mark.parametrize("kept", ["", "x", "c" * 32])
async def test_the_way_back_makes_nobody_else_the_one_who_asked(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient, kept: str
) -> None:
    await make(app, allowed_origins=[SHOP])
    await framed(browser, "enter", **ANN, browser=secret("a"))
    await framed(browser, "enter", **ANN, browser=secret("b"))
    confirmed = await back_from(app, browser)
    page, token = await framed(other, confirmed=confirmed, browser=kept, visitor=OTHER)
    assert (known(page), token) == (None, "")
    assert "only in the browser in which it was requested" in page.text
    await framed(other, visitor=OTHER, browser=kept)
    assert await links(app) == []
    # It is still good where it belongs.
    page, _ = await framed(browser, confirmed=confirmed, browser=secret("b"))
    assert known(page) == "Ann"


async def test_the_way_back_takes_nobodys_session_even_in_the_same_browser(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, allowed_origins=[SHOP])
    await framed(browser, "enter", **ANN, browser=secret("a"))
    await framed(browser, "enter", **ANN, browser=secret("b"))
    confirmed = await back_from(app, browser)
    _, eves = await framed(browser, "enter", **EVE, browser=secret("b"))
    page, token = await framed(
        browser, confirmed=confirmed, browser=secret("b"), session=eves, visitor=OTHER
    )
    assert (known(page), token) == ("Eve", eves)
    assert await links(app) == []


async def test_the_way_back_and_the_mailed_link_are_not_each_other(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await make(app, allowed_origins=[SHOP])
    await framed(browser, "enter", **ANN, browser=secret("a"))
    await framed(browser, "enter", **ANN, browser=secret("b"))
    mailed = (await link_to(app)).rpartition("/")[2]
    page, _ = await framed(browser, confirmed=mailed, browser=secret("b"))
    assert known(page) is None
    confirmed = await back_from(app, browser)
    for form in ({}, {"to": "here"}):
        answer = await other.post(f"/y2sB7/confirm/{confirmed}", data=form)
        assert answer.status_code == 404
    assert known(await other.get(PAGE)) is None


async def test_a_way_back_that_no_browser_has_asked_for_is_good_nowhere(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    """As those that an earlier version has left."""
    await make(app, allowed_origins=[SHOP])
    await framed(browser, "enter", **ANN, browser=secret("a"))
    await framed(browser, "enter", **ANN, browser=secret("b"))
    confirmed = await back_from(app, browser)
    await query_write(server_of(app).database, "UPDATE confirmations SET browser_hash = ''")
    for kept in ("", secret("b")):
        page, _ = await framed(browser, confirmed=confirmed, browser=kept)
        assert known(page) is None


async def test_on_the_phone_a_button_opens_the_campaigns_own_page_instead(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await make(app, allowed_origins=[SHOP])
    await framed(browser, "enter", **ANN, browser=secret("a"))
    await framed(browser, "enter", **ANN, browser=secret("b"))
    link = await link_to(app)
    page = await other.get(link)
    assert "on <bdi>shop.example</bdi>. It takes you back there, in the same browser" in page.text
    assert "a•••@example.org" in page.text
    assert "ann@example.org" not in page.text
    assert known(await other.get(PAGE)) is None  # looking alone does nothing
    answer = await other.post(link, data={"to": "here"})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert known(await other.get(PAGE)) == "Ann"


# On the campaign's own page.


async def test_in_the_browser_that_asked_the_link_counts_what_was_done_there(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await make(app)
    await other.post("/y2sB7/enter", data=ANN)
    await browser.post("/y2sB7/beacon", json=beacon(["VIP"]))
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    await browser.post(await link_to(app))
    page = await browser.get(PAGE)
    assert (known(page), 'data-state="done"' in page.text) == ("Ann", True)
    assert await links(app) == [(VISITOR, "Ann")]


async def test_in_another_browser_it_counts_nothing_that_was_done_there_before(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=EVE)
    async with client_of(app) as third:
        await third.post("/y2sB7/enter", data=EVE)
    await other.post("/y2sB7/beacon", json=beacon(["VIP"]))
    await arrive(app, other)  # the victim's browser, to which Eve sends her link
    page = await other.get(await link_to(app))
    assert "e•••@example.org" in page.text
    assert "requested in another browser" in page.text
    await other.post(await link_to(app))
    assert known(await other.get(PAGE)) == "Eve"
    assert await links(app) == []


@pytest.mark.parametrize("pressed", [{}, {"to": "here"}])
async def test_a_link_never_takes_the_place_of_another_persons_session(
    app: Starlette,
    browser: httpx.AsyncClient,
    other: httpx.AsyncClient,
    pressed: dict[str, str],
) -> None:
    await make(app)
    await other.post("/y2sB7/enter", data=EVE)
    async with client_of(app) as third:
        await third.post("/y2sB7/enter", data=EVE)
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    link = await link_to(app)
    page = await browser.get(link)
    assert "Somebody else has entered in this browser" in page.text
    assert "Yes, continue here" not in page.text
    answer = await browser.post(link, data=pressed)
    assert answer.status_code == 409
    assert known(await browser.get(PAGE)) == "Ann"
    assert await links(app) == [(VISITOR, "Ann")]
    # It has not been used up.
    await browser.post("/y2sB7/leave")
    assert (await browser.post(link, data=pressed)).status_code == 303
    assert known(await browser.get(PAGE)) == "Eve"
