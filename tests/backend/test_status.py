"""What the campaign's page asks for: how things stand, and whether that has changed."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, VISITOR, arrive, make
from tests.backend.conftest import beacon, client_of

pytestmark = pytest.mark.by_turns


async def test_the_status_is_answered_304_until_something_unlocks(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app)
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    first = await browser.get("/y2sB7/status")
    assert first.json() == {
        "entered": True,
        "status": {
            "state": "open",
            "entries": 0,
            "actions": [{"id": action, "state": "open", "entries": 0, "again_at": ""}],
            "completed": 0,
            "reward": "none",
            "to_confirm": False,
        },
    }
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Cookie, Authorization"
    known = {"if-none-match": first.headers["etag"]}
    same = await browser.get("/y2sB7/status", headers=known)
    assert (same.status_code, same.content) == (304, b"")
    async with client_of(app) as shop:
        await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=VISITOR))
    changed = await browser.get("/y2sB7/status", headers=known)
    assert changed.status_code == 200
    done = {"id": action, "state": "done", "entries": 5, "again_at": ""}
    assert changed.json()["status"]["actions"] == [done]


async def test_a_stranger_sees_nothing_personal_in_the_status(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    assert (await browser.get("/y2sB7/status")).json()["entered"] is False
    answer = await browser.get("/nosuch/status")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_campaign")
