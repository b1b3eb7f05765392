"""Late trackings that the owner has counted are undone with one click."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import SIGN_IN, saved, signed_in, values
from tests.backend.calls import action, entered, made
from tests.backend.conftest import PUBLIC_URL, beacon, client_of
from tests.backend.stored import query, query_write, visitor
from trk.clock import now_ms
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

HOUR = 3_600_000
GIFT = {"reward_kind": "shared", "reward_value": "SAVE10"}


@pytest.fixture
async def browser(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser; its base is a campaign that gives a coupon, to whose three entrants' purchases
    came an hour after its end, though they were made before."""
    await made(api, "reward", **GIFT)
    await action(api, unique_value=True)
    database, now = server_of(app).database, now_ms()
    for number in (1, 2, 3):
        await entered(app, number)
    for table, more in (
        ("campaigns", f", ends_at = {now - HOUR}, published_at = 1"),
        ("actions", ""),
    ):
        await query_write(database, f"UPDATE {table} SET created_at = 1{more}")
    await query_write(database, "UPDATE entrants SET created_at = 1")
    for number in (1, 2, 3):
        async with client_of(app) as page:
            # Of the third the value is another's.
            sent = beacon(
                ["Purchase", f"order {min(number, 2)}"], visitor=visitor(number), age=2 * HOUR
            )
            answer = await page.post("/y2sB7/beacon", json=sent)
            assert answer.json()["error"]["code"] == "late"
    async with signed_in(app, "y2sB7") as client:
        yield client


async def count(browser: httpx.AsyncClient, *numbers: int, path: str = "/log") -> str:
    """Count these trackings together; the page that follows."""
    form = {f"tracking-{number}": "on" for number in numbers}
    answer = await browser.get(PUBLIC_URL + saved(await browser.post(path, data=form)))
    assert answer.status_code == 200
    return answer.text


async def undo(browser: httpx.AsyncClient, page: str) -> str:
    """Press the button Undo; the page that follows."""
    [target] = re.findall(r'<form method="post" action="([^"]*/undo\?[^"]*)"', page)
    answer = await browser.post(PUBLIC_URL + unescape(target), data={"step": values(page)["step"]})
    followed = await browser.get(PUBLIC_URL + saved(answer))
    assert followed.status_code == 200
    return followed.text


async def entries(app: Starlette) -> list[tuple[Any, ...]]:
    """Whose entries there are, and why they do not count."""
    sql = "SELECT entrant_id, invalidated_reason FROM completions ORDER BY id"
    return [tuple(row.values()) for row in map(dict, await query(server_of(app).database, sql))]


async def test_what_was_counted_together_is_taken_back_together_and_rewards_stay(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await count(browser, 1, 2, 3, path="/log?outcome=refused")
    assert "2 of 3 selected trackings were counted" in page
    assert await entries(app) == [(1, None), (2, None)]
    page = await undo(browser, page)
    assert "Undone: 2 entries don’t count any more." in page
    assert '<option value="refused" selected>' in page, "the filters stay"
    assert "selected trackings were" not in page
    assert ">Undo<" not in page
    said = "Undone: It arrived late, after the end."
    assert await entries(app) == [(1, said), (2, said)]
    database = server_of(app).database
    assert len(await query(database, "SELECT 1 AS one FROM claims")) == 2, "what was given stays"
    assert await query(database, "SELECT 1 AS one FROM unique_values") == []
    noted = await query(database, "SELECT deed, thing, about FROM audit ORDER BY id")
    assert tuple(dict(noted[-1]).values()) == ("invalidated", "completion", "Undone: 2 entries")
    page = (await browser.get("/entrants/1")).text
    assert "Entry counted" in page
    assert "It arrived late, after the end." in page
    # Whoever changes their mind again restores them like all others.
    restored = {"entry-1": "on", "reason": "They were right.", "what": "restore"}
    saved(await browser.post("/entries", data=restored))
    assert await entries(app) == [(1, None), (2, said)]


async def test_one_that_was_counted_by_its_own_button_is_undone_too(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await browser.get(PUBLIC_URL + saved(await browser.post("/log/1/count")))
    assert "Counted: the action is completed." in page.text
    page_then = await undo(browser, page.text)
    assert "Undone: 1 entry doesn’t count any more." in page_then
    assert '<option value="late" selected>' in page_then
    [(_, reason)] = await entries(app)
    assert reason.startswith("Undone: ")
    # Pressed again, by somebody who still has the first page.
    assert "There was nothing left to undo" in await undo(browser, page.text)
    # What was not counted can't be undone.
    nothing = await browser.get(PUBLIC_URL + saved(await browser.post("/log/1/count")))
    assert "it already counts" in nothing.text
    assert "/undo?" not in nothing.text
    assert "/undo?" not in await count(browser, 1)


async def test_what_somebody_has_changed_since_stays_as_it_is(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await count(browser, 1, 2)
    for what in ("invalidate", "restore"):
        form = {"entry-1": "on", "reason": "x", "what": what}
        saved(await browser.post("/entries", data=form))
    assert "Undone: 1 entry doesn’t count any more." in await undo(browser, page)
    assert await entries(app) == [(1, None), (2, "Undone: It arrived late, after the end.")]


async def test_each_step_takes_back_its_own(app: Starlette, browser: httpx.AsyncClient) -> None:
    first = await count(browser, 1)
    await count(browser, 2)
    await undo(browser, first)
    assert [reason is None for _, reason in await entries(app)] == [False, True]


async def test_after_the_session_has_ended_it_is_offered_again(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await count(browser, 1, 2)
    [target] = re.findall(r'<form method="post" action="([^"]*/undo\?[^"]*)"', page)
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post(PUBLIC_URL + unescape(target), data={"step": values(page)["step"]})
    assert asked.status_code == 403
    form = {**values(asked.text), **SIGN_IN}
    signed = await browser.post(PUBLIC_URL + unescape(target), data=form)
    again = (await browser.get(PUBLIC_URL + saved(signed))).text
    assert "What you have counted can be undone." in again
    assert "Undone: 2 entries don’t count any more." in await undo(browser, again)
    assert all(reason for _, reason in await entries(app))


async def test_programs_see_both_among_the_corrections(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await undo(browser, await count(browser, 1))
    kinds = [row["kind"] for row in (await api.get("/campaigns/y2sB7/corrections")).json()["data"]]
    assert sorted(kinds) == ["counted", "invalidated"]
