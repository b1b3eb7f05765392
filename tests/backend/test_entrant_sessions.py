"""The sessions of entrants end when they are not used, and being used costs a write a day."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.confirming import (
    SHOP,
    actions_of,
    framed,
    known,
    secret,
)
from tests.backend.conftest import client_of
from tests.backend.stored import NOW, campaign_with, enter, query, query_write
from trk.clock import now_ms
from trk.core.keys import token_hash
from trk.services.jobs.retention import Retention
from trk.store import entrant_sessions
from trk.store.database import Database
from trk.store.entrant_sessions import NOTED_EVERY, SESSION_LIFETIME
from trk.store.program import Transaction
from trk.web.server import server_of


async def _used(app: Starlette) -> list[int]:
    rows = await query(server_of(app).database, "SELECT used_at FROM entrant_sessions")
    return [row["used_at"] for row in rows]


async def _age(app: Starlette, milliseconds: int) -> None:
    sql = f"UPDATE entrant_sessions SET used_at = used_at - {milliseconds}"
    await query_write(server_of(app).database, sql)


@pytest.mark.parametrize("path", [PAGE, "/y2sB7/status"])
async def test_a_session_that_is_not_used_for_90_days_has_ended(
    app: Starlette, browser: httpx.AsyncClient, path: str
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    await _age(app, SESSION_LIFETIME - 60_000)
    assert "Ann" in (await browser.get(PAGE)).text
    await _age(app, SESSION_LIFETIME)
    answer = await browser.get(path)
    assert "You’re in" not in answer.text
    assert '"entered":true' not in answer.text
    [action] = await actions_of(app)
    assert (await browser.get(f"/y2sB7/go/{action}")).headers["location"] == PAGE
    assert "Check your e-mail" in (await browser.post("/y2sB7/enter", data=ANN)).text
    retention = Retention(server_of(app).database, 0)
    await retention.sweep(now_ms())
    assert await _used(app) == []


async def test_that_a_session_is_used_is_noted_once_a_day(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    [entered] = await _used(app)
    for _ in range(2):
        await browser.get("/y2sB7/status")
    assert await _used(app) == [entered]
    await _age(app, NOTED_EVERY + 60_000)
    assert (await browser.head("/y2sB7/status")).status_code == 200
    [before] = await _used(app)
    assert before < entered
    await browser.get("/y2sB7/status")
    [noted] = await _used(app)
    assert noted >= entered
    await Retention(server_of(app).database, 0).sweep(now_ms())
    assert await _used(app) == [noted]


async def test_a_framed_pages_polls_keep_its_session(app: Starlette) -> None:
    await make(app, allowed_origins=[SHOP])
    async with client_of(app) as browser:
        _, token = await framed(browser, "enter", **ANN)
        await _age(app, NOTED_EVERY + 60_000)
        [before] = await _used(app)
        await browser.get("/y2sB7/status", headers={"authorization": f"Bearer {token}"})
    rows = await query(server_of(app).database, "SELECT token_hash, used_at FROM entrant_sessions")
    assert [(row["token_hash"], row["used_at"] > before) for row in rows] == [
        (token_hash(token), True)
    ]


async def test_of_people_who_enter_in_one_browser_at_once_one_has_a_session(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, allowed_origins=[SHOP])
    for letter in "abcdefgh":
        here = {"browser": secret(letter)}
        people = [
            {"name": n, "email": f"{letter}{n}@example.org"} for n in ("Ann", "Bob", "Eve", "Zoe")
        ]
        entered = await asyncio.gather(
            *(framed(browser, "enter", **each, **here) for each in people)
        )
        assert {page.status_code for page, _ in entered} == {200}
        # Whoever types an address there is let in as the last of them only.
        let_in = [known((await framed(browser, "enter", **each, **here))[0]) for each in people]
        assert len([each for each in let_in if each]) == 1
    rows = await query(server_of(app).database, "SELECT browser_hash FROM entrant_sessions")
    assert len({row["browser_hash"] for row in rows}) == len(rows) == 8


async def test_a_session_that_is_opened_while_another_is_in_this_browser_takes_its_place(
    database: Database,
) -> None:
    """On SQLite, which has one writer at a time, one comes after the other."""
    campaign = await campaign_with(database)
    people = [await enter(database, campaign, n) for n in (1, 2)]
    opened, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Transaction) -> None:
        await entrant_sessions.open_session(tx, campaign, people[0], "one", NOW, "browser")
        opened.set()
        if not database.sqlite:
            await go_on.wait()

    slow = asyncio.create_task(database.write(slowly))
    await (slow if database.sqlite else opened.wait())
    quick = asyncio.create_task(
        database.write(entrant_sessions.open_session, campaign, people[1], "two", NOW, "browser")
    )
    await asyncio.wait([quick], timeout=0.2)
    go_on.set()
    await asyncio.gather(slow, quick)
    sql = "SELECT token_hash FROM entrant_sessions WHERE browser_hash = 'browser'"
    assert [row["token_hash"] for row in await query(database, sql)] == ["two"]
