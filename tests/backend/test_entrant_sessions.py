"""The sessions of entrants end when they are not used, and being used costs a write a day."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.confirming import (
    SHOP,
    actions_of,
    framed,
)
from tests.backend.conftest import client_of
from tests.backend.stored import query, query_write
from trk.clock import now_ms
from trk.core.keys import token_hash
from trk.services.jobs.retention import Retention
from trk.store.entrant_sessions import NOTED_EVERY, SESSION_LIFETIME
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
