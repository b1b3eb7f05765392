"""The mail that asks to confirm: sent again, and its button pressed here, elsewhere or twice."""

from __future__ import annotations

import re

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, arrive, make
from tests.backend.confirmed_only import CODES, SAID, buy, links, stored
from tests.backend.conftest import beacon, client_of
from tests.backend.stored import query_write
from trk.core.mail import LINKS_PER, MOST_LINKS
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_the_mail_is_sent_again_on_request_but_not_at_once(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True)
    await browser.post("/y2sB7/enter", data=ANN)
    answer = await browser.post("/y2sB7/confirm")
    assert answer.status_code == 303
    assert (
        "We sent you an e-mail a moment ago" in (await browser.get(answer.headers["location"])).text
    )
    assert len(await links(app)) == 1
    earlier = "UPDATE mails SET topic = 'confirmation before' WHERE topic LIKE 'confirmation%'"
    await query_write(server_of(app).database, earlier)
    answer = await browser.post("/y2sB7/confirm")
    assert "The e-mail is on its way" in (await browser.get(answer.headers["location"])).text
    first, second = await links(app)
    await browser.post(first)
    assert "Confirm your e-mail" not in (await browser.get(PAGE)).text
    # Confirmed already: there is nothing to ask for.
    assert (await browser.post("/y2sB7/confirm")).status_code == 200
    assert len(await links(app)) == 2
    assert "Is this you?" in (await browser.get(second)).text


@pytest.mark.parametrize("confirmed_only", [True, False])
async def test_a_mailbox_is_not_flooded_by_many_spellings_of_its_address(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient, confirmed_only: bool
) -> None:
    await make(app, confirmed_only=confirmed_only)
    for n in range(2 * MOST_LINKS):
        form = {"name": "Ann", "email": f"a.nn+{n}@gmail.com"}
        await browser.post("/y2sB7/enter", data=form)
        await other.post("/y2sB7/enter", data=form)
        other.cookies.clear()
    assert len(await links(app)) == MOST_LINKS
    # Another mailbox gets its mail, and so does this one an hour later.
    await browser.post("/y2sB7/enter", data={"name": "Ben", "email": "ben@gmail.com"})
    await other.post("/y2sB7/enter", data={"name": "Ben", "email": "ben@gmail.com"})
    assert len(await links(app)) == MOST_LINKS + 1
    await query_write(
        server_of(app).database, f"UPDATE mails SET queued_at = queued_at - {LINKS_PER}"
    )
    await other.post("/y2sB7/enter", data={"name": "Ann", "email": "ann+20@googlemail.com"})
    await other.post(
        "/y2sB7/enter", data={"name": "Ann", "email": f"a.nn+{2 * MOST_LINKS - 1}@gmail.com"}
    )
    assert len(await links(app)) > MOST_LINKS + 1


async def test_who_confirms_where_they_have_entered_keeps_what_they_have_linked(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app, confirmed_only=True, **CODES)
    await browser.post("/y2sB7/enter", data=ANN)
    gone = await browser.get(f"/y2sB7/go/{action}")
    [token] = re.findall(r"&xref=([\w-]{32})#", gone.headers["location"])
    async with client_of(app) as shop:
        told = beacon(visitor="a" * 32, xref=token, direct=True)
        assert (await shop.post("/y2sB7/beacon", json=told)).json()["refused"] == []
        [link] = await links(app)
        assert "signed out" not in (await browser.get(link)).text
        await browser.post(link)
        answer = await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor="a" * 32))
        assert answer.json()["unlocked"] == ["VIP"]
    assert await stored(app, "SELECT token_hash FROM xrefs") != []


async def test_who_confirms_elsewhere_is_told_before_that_they_are_signed_out_here(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True, **CODES)
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    await buy(app)
    [link] = await links(app)
    async with client_of(app) as phone:
        assert "that one is signed out" in (await phone.get(link)).text
        await phone.post(link)
        page = (await phone.get(PAGE)).text
        assert 'data-state="done"' in page  # nothing is lost
        assert "You’re in, <bdi>Ann" in page
    assert "You’re in" not in (await browser.get(PAGE)).text
    assert await stored(app, "SELECT visitor FROM links") == []


async def test_a_button_that_is_pressed_twice_sends_one_mail_and_none_once_it_is_confirmed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True)
    for _ in range(2):
        assert (await browser.post("/y2sB7/enter", data=ANN)).status_code == 303
    [link] = await links(app)
    await browser.post(link)
    await query_write(server_of(app).database, "UPDATE mails SET topic = 'earlier ' || id")
    assert (await browser.post("/y2sB7/enter", data=ANN)).status_code == 303
    assert len(await links(app)) == 1


@pytest.mark.parametrize("kept", ["", "b" * 32])
async def test_who_asks_for_the_mail_again_claims_nothing_from_themselves(
    app: Starlette, browser: httpx.AsyncClient, kept: str
) -> None:
    """Also if the browser's secret was lost, or the session is from before there was one."""
    await make(app, confirmed_only=True)
    await browser.post("/y2sB7/enter", data=ANN)
    await query_write(server_of(app).database, "UPDATE mails SET topic = 'earlier ' || id")
    browser.cookies.delete("trk_browser_y2sB7")
    if kept:
        browser.cookies.set("trk_browser_y2sB7", kept)
    assert (await browser.post("/y2sB7/confirm")).status_code == 303
    assert "You’re in, <bdi>Ann" in (await browser.get(PAGE)).text
    await browser.post((await links(app))[-1])
    assert "You’re in, <bdi>Ann" in (await browser.get(PAGE)).text


async def test_a_stranger_who_asks_for_the_mail_is_shown_the_page(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True)
    answer = await browser.post("/y2sB7/confirm")
    assert answer.status_code == 200
    assert "Confirm your e-mail" not in answer.text
    assert not (await browser.get("/y2sB7/status")).json()["status"]["to_confirm"]
    assert (await browser.post("/nothing1/confirm")).status_code == 404
    assert await links(app) == []


async def test_in_a_frame_the_page_says_it_too_and_the_button_stays_in_the_frame(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True, allowed_origins=["https://shop.test"], **CODES)
    framed = {"origin": "https://shop.test", "page": "https://shop.test/win", "session": ""}
    entered = await browser.post("/y2sB7/enter", data={**ANN, **framed})
    assert SAID in entered.text
    [session] = re.findall(r'data-session="([^"]+)"', entered.text)
    again = await browser.post("/y2sB7/confirm", data={**framed, "session": session})
    assert again.status_code == 200
    assert "We sent you an e-mail a moment ago" in again.text
    elsewhere = {**framed, "origin": "https://evil.test", "session": session}
    assert (await browser.post("/y2sB7/confirm", data=elsewhere)).status_code == 403
    [link] = await links(app)
    async with client_of(app) as phone:
        back = await phone.post(link)
        assert "https://shop.test/win?gleam_confirmed=" in back.text
