"""Where only confirmed e-mails count, nothing is drawn or given before; nothing is lost either."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import campaign_at, signed_in
from tests.backend.campaign_pages import ANN, PAGE, arrive, make
from tests.backend.conftest import PUBLIC_URL, api_of, beacon, client_of, running
from tests.backend.stored import query, query_write
from trk.core.starter import TEMPLATES
from trk.services.draws import draw
from trk.settings import Settings
from trk.store import campaigns, draws
from trk.web.server import server_of

CODES = {"kind": "reward", "reward_kind": "codes", "reward_note": "At the checkout."}
SAID = "Confirm your e-mail to get your code"


@pytest.fixture
async def owner(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, on both databases."""
    async with await api_of(app) as client:
        yield client


async def stored(app: Starlette, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await query(server_of(app).database, sql)]


async def links(app: Starlette) -> list[str]:
    """The paths of the links in the mails that were written, oldest first."""
    mails = await stored(app, "SELECT body FROM mails ORDER BY id")
    return [
        found[0].removeprefix(PUBLIC_URL)
        for mail in mails
        if (found := re.findall(r"https?://\S+/confirm/\S+", mail["body"]))
    ]


async def confirm(app: Starlette, link: str) -> None:
    """Press the mailed button, in a browser of one's own."""
    async with client_of(app) as phone:
        assert (await phone.post(link)).status_code == 303


async def buy(app: Starlette, visitor: str = "a" * 32) -> None:
    async with client_of(app) as shop:
        answer = await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=visitor))
        assert answer.status_code == 200


async def test_the_code_waits_until_the_mailed_button_was_pressed(
    app: Starlette, browser: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True, **CODES)
    await owner.post(
        "/campaigns/y2sB7/codes", content="ONE\n", headers={"content-type": "text/plain"}
    )
    await arrive(app, browser)
    entered = await browser.post("/y2sB7/enter", data=ANN)
    assert entered.status_code == 303
    [mail] = await stored(app, "SELECT recipient, subject, body FROM mails")
    assert mail["recipient"] == "ann@example.org"
    assert mail["subject"] == "Confirm your e-mail: Win a bike"
    assert SAID in (await browser.get(PAGE)).text

    await buy(app)
    page = (await browser.get(PAGE)).text
    assert 'data-state="done"' in page
    assert SAID in page
    assert "Your reward is waiting" in page
    assert "ONE" not in page
    status = (await browser.get("/y2sB7/status")).json()["status"]
    assert (status["reward"], status["to_confirm"]) == ("unconfirmed", True)
    assert await stored(app, "SELECT * FROM claims") == []

    [link] = await links(app)
    async with client_of(app) as phone:
        asked = await phone.get(link)
        assert "Yes, confirm my e-mail" in asked.text
        assert await stored(app, "SELECT * FROM claims") == []  # scanners open links too
        await phone.post(link)
        assert "ONE" in (await phone.get(PAGE)).text
    assert [row["value"] for row in await stored(app, "SELECT value FROM claims")] == ["ONE"]
    subjects = await stored(app, "SELECT subject FROM mails ORDER BY id")
    assert subjects[-1] == {"subject": "Your reward: Win a bike"}


async def test_without_the_setting_nobody_is_asked_and_a_reward_comes_at_once(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, kind="reward", reward_kind="shared", reward_value="SAVE10")
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    await buy(app)
    page = (await browser.get(PAGE)).text
    assert "SAVE10" in page
    assert "Confirm your e-mail" not in page
    assert await links(app) == []
    assert not (await browser.get("/y2sB7/status")).json()["status"]["to_confirm"]


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


async def test_who_has_not_confirmed_is_not_drawn_and_the_draw_says_how_many(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True)
    await owner.post("/campaigns/y2sB7/prizes", json={"title": "Bike", "winners": 3})
    for n in range(1, 4):
        async with client_of(app, accept="text/html") as person:
            await arrive(app, person, f"{n:032x}")
            await person.post("/y2sB7/enter", data={"name": "P", "email": f"{n}@example.org"})
            if n < 3:
                await buy(app, f"{n:032x}")
    [first, *_] = await links(app)
    async with client_of(app) as phone:
        await phone.post(first)
    await query_write(server_of(app).database, "UPDATE campaigns SET ends_at = 1")
    drawn = (await owner.post("/campaigns/y2sB7/draw")).json()
    assert [win["email"] for win in drawn["wins"]] == ["1@example.org"]
    assert (drawn["entrants"], drawn["entries"], drawn["unconfirmed"]) == (1, 5, 1)


async def test_who_confirms_after_the_end_and_before_the_draw_is_drawn(
    app: Starlette, browser: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True)
    await owner.post("/campaigns/y2sB7/prizes", json={"title": "Bike", "winners": 1})
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    await buy(app)
    await query_write(server_of(app).database, "UPDATE campaigns SET ends_at = 1")
    assert "Confirm your e-mail to be in the draw" in (await browser.get(PAGE)).text
    [link] = await links(app)
    await browser.post(link)
    drawn = (await owner.post("/campaigns/y2sB7/draw")).json()
    assert (drawn["entrants"], drawn["unconfirmed"]) == (1, 0)
    assert "Confirm your e-mail" not in (await browser.get(PAGE)).text


async def test_turning_it_off_gives_what_waited_and_turning_it_on_takes_nothing_back(
    app: Starlette, browser: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True, kind="reward", reward_kind="shared", reward_value="SAVE10")
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    await buy(app)
    assert "SAVE10" not in (await browser.get(PAGE)).text
    await owner.patch("/campaigns/y2sB7", json={"confirmed_only": False})
    assert "SAVE10" in (await browser.get(PAGE)).text
    await owner.patch("/campaigns/y2sB7", json={"confirmed_only": True})
    assert "SAVE10" in (await browser.get(PAGE)).text


@pytest.mark.parametrize("where", ["here", "elsewhere"])
async def test_confirming_while_an_action_is_completed_gives_the_code_once_always(
    app: Starlette, where: str
) -> None:
    await make(app, confirmed_only=True, kind="reward", reward_kind="shared", reward_value="SAVE10")
    async with AsyncExitStack() as stack:
        people = {}
        for n in range(1, 13):
            person = await stack.enter_async_context(client_of(app, accept="text/html"))
            await arrive(app, person, f"{n:032x}")
            await person.post("/y2sB7/enter", data={"name": "P", "email": f"{n}@example.org"})
            people[n] = person
        mailed = await links(app)
        assert len(mailed) == 12
        browsers = list(people.values())
        if where == "elsewhere":
            browsers = [await stack.enter_async_context(client_of(app)) for _ in mailed]
        answers = await asyncio.gather(
            *(each.post(link) for each, link in zip(browsers, mailed, strict=True)),
            *(buy(app, f"{n:032x}") for n in people),
        )
        assert {answer.status_code for answer in answers if answer} == {303}
        if where == "elsewhere":
            # What was pushed after the confirming waits for who comes back in that browser.
            await query_write(server_of(app).database, "UPDATE mails SET topic = 'earlier ' || id")
            for n, person in people.items():
                again = {"name": "P", "email": f"{n}@example.org"}
                assert "Check your e-mail" in (await person.post("/y2sB7/enter", data=again)).text
                await person.post((await links(app))[-1])
    claims = await stored(app, "SELECT entrant_id FROM claims")
    assert len({row["entrant_id"] for row in claims}) == len(claims) == 12


async def test_a_draw_that_is_made_while_people_confirm_has_each_in_the_list_or_counted_out(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    await make(app, confirmed_only=True)
    await owner.post("/campaigns/y2sB7/prizes", json={"title": "Bike", "winners": 1})
    for n in range(1, 7):
        async with client_of(app, accept="text/html") as person:
            await arrive(app, person, f"{n:032x}")
            await person.post("/y2sB7/enter", data={"name": "P", "email": f"{n}@example.org"})
            await buy(app, f"{n:032x}")
    mailed, database = await links(app), server_of(app).database
    await query_write(database, "UPDATE campaigns SET ends_at = 1")
    campaign = await database.read(campaigns.by_key, "y2sB7")
    assert campaign is not None
    for link in mailed[:3]:
        await confirm(app, link)
    drawing = asyncio.create_task(draw(database, campaign))
    await asyncio.gather(*(confirm(app, link) for link in mailed[3:]))
    made = await drawing
    assert made.entrants is not None
    assert made.entrants + (made.unconfirmed or 0) == 6
    listed = await database.read(draws.entries, made.id, 0)
    assert len(listed) == made.entrants >= 3


@pytest.mark.parametrize("smtp", ["", "smtp://127.0.0.1:1"])
async def test_a_new_campaign_asks_where_mails_can_be_sent_unless_told_otherwise(
    sqlite_url: str, smtp: str
) -> None:
    settings = Settings(database=sqlite_url, public_url=PUBLIC_URL, smtp=smtp)
    async with running(settings) as app, await api_of(app) as owner:
        for body, expected in (
            ({}, bool(smtp)),
            ({"confirmed_only": False}, False),
            ({"confirmed_only": True}, True),
        ):
            answer = await owner.post("/campaigns", json={"name": "Win", **body})
            assert answer.json()["confirmed_only"] is expected
        key = answer.json()["key"]
        copied = await owner.post(f"/campaigns/{key}/copy")
        assert copied.json()["confirmed_only"] is True
        async with signed_in(app) as browser:
            assert (await campaign_at(app, browser)).confirmed_only is bool(smtp)
            page = (await browser.get("/settings")).text
            assert ("No mail server is set up, so nobody gets that e-mail" in page) is not bool(
                smtp
            )
            for template in TEMPLATES:
                form = {"name": "Again", "template": template, "timezone": "UTC"}
                made = await browser.post(f"{PUBLIC_URL}/admin/campaigns/new", data=form)
                shown = await owner.get(f"/campaigns/{made.headers['location'].rsplit('/', 1)[1]}")
                assert shown.json()["confirmed_only"] is bool(smtp), template
