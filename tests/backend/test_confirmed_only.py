"""Where only confirmed e-mails count, nothing is drawn or given before; nothing is lost either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import campaign_at, signed_in
from tests.backend.campaign_pages import ANN, PAGE, arrive, make
from tests.backend.confirmed_only import CODES, SAID, buy, confirm, links, stored
from tests.backend.conftest import PUBLIC_URL, api_of, client_of, running
from tests.backend.stored import query_write
from trk.core.starter import TEMPLATES
from trk.services.draws import draw
from trk.settings import Settings
from trk.store import campaigns, draws
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


@pytest.fixture
async def owner(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, on both databases."""
    async with await api_of(app) as client:
        yield client


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
    listed = await database.read(draws.entries, campaign, made.id, 0)
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
