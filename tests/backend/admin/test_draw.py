"""The owner's page of the draw: when it can be made, made once, its winners, and redrawing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, SIGN_IN, mistakes, saved, signed_in, values
from tests.backend.calls import competition, end, prize, settle
from tests.backend.conftest import api_of
from tests.backend.stored import query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

NOW = {"sure": "on", "seed": ""}


@pytest.fixture
async def api(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, whose server has the competition y2sB7 with four entrants."""
    async with await api_of(app) as client:
        await competition(app, client, 4)
        yield client


@pytest.fixture
async def browser(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; its base is the campaign y2sB7."""
    async with signed_in(app, "y2sB7") as client:
        yield client


async def wins(api: httpx.AsyncClient) -> list[tuple[int, int | None, str | None]]:
    answer = await api.get("/campaigns/y2sB7/draw")
    found = answer.json().get("wins", [])
    return [(win["n"], win["replaces"], win["reason"]) for win in found]


async def test_before_the_end_the_page_says_when_and_what_is_missing(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get("/draw")).text
    for said in ("No prizes yet", "this one has no end yet"):
        assert said in page
    await prize(api, HOSTILE, 1)
    await query_write(
        server_of(app).database,
        "UPDATE campaigns SET ends_at = 4102444800000, timezone = 'Europe/Berlin'",
    )
    page = (await browser.get("/draw")).text
    assert "1 January 2100, 01:00 (Europe/Berlin)" in page
    assert "Draw the winners now" not in page
    assert "&lt;script&gt;alert" in page
    assert "<img" not in page
    early = await browser.post("/draw", data=NOW)
    assert early.status_code == 409
    assert "is not over" in early.text
    assert await wins(api) == []


async def test_winners_are_drawn_once_with_the_owners_seed_and_shown(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await prize(api, "Bike", 1)
    await prize(api, "Bell", 2)
    await settle(api, "chosen")
    await end(app)
    await query_write(
        server_of(app).database, f"UPDATE entrants SET name = '{HOSTILE.replace(chr(39), '')}'"
    )
    saved(await browser.post("/draw", data={"sure": "on", "seed": " lottery 7 12 <b> "}))
    page = (await browser.get("/draw")).text
    for said in (
        "among 4 entrants with 10 entries",
        "lottery 7 12 &lt;b&gt;",
        'href="/y2sB7/draw"',
    ):
        assert said in page
    assert len(set(re.findall(r"\d@example\.org", page))) == 3
    assert "<script>alert" not in page
    assert "<img" not in page
    again = await browser.post("/draw", data=NOW)
    assert again.status_code == 409
    assert "have been drawn" in again.text
    assert [n for n, _, _ in await wins(api)] == [0, 1, 2]


async def test_nobody_is_drawn_while_everybody_is_blocked(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await prize(api, "Bike", 1)
    await end(app)
    everybody = {"ids": [1, 2, 3, 4], "reason": "by mistake"}
    assert (await api.post("/campaigns/y2sB7/entrants/block", json=everybody)).status_code == 200
    refused = await browser.post("/draw", data=NOW)
    assert refused.status_code == 409
    assert "there is nobody to draw" in refused.text
    assert await wins(api) == []


async def test_nothing_is_drawn_without_the_tick_or_with_a_seed_of_many_lines(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await prize(api, "Bike", 1)
    await settle(api, "chosen")
    await end(app)
    for form, wrong in (
        ({"seed": "7 12"}, {"sure"}),
        ({"sure": "on", "seed": ""}, {"seed"}),
        ({"sure": "on", "seed": "a\nb"}, {"seed"}),
        ({"sure": "on", "seed": "x" * 201}, {"seed"}),
        ({"sure": "on", "seed": "\0"}, {"seed"}),
    ):
        answer = await browser.post("/draw", data=form)
        assert answer.status_code == 400
        assert set(mistakes(answer.text)) == wrong
        assert {k: v for k, v in values(answer.text).items() if v} == {
            k: v for k, v in form.items() if v
        }
    assert await wins(api) == []


async def test_a_prize_is_redrawn_with_a_reason_and_goes_to_the_next(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await prize(api, "Bike", 2)
    await end(app)
    saved(await browser.post("/draw", data=NOW))
    answer = await browser.post("/draw/redraw", data={"n": "0", "reason-0": " "})
    assert answer.status_code == 400
    assert set(mistakes(answer.text)) == {"reason-0"}
    saved(await browser.post("/draw/redraw", data={"n": "0", "reason-0": HOSTILE}))
    assert await wins(api) == [(0, None, HOSTILE), (1, None, None), (2, 0, None)]
    page = (await browser.get("/draw")).text
    assert "Replacement" in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    assert re.findall(r'name="n" value="(\d)"', page) == ["1", "2"]
    for n, said in (
        ("0", "already redrawn. Check"),
        ("9", "expected one of"),
        ("x", "expected one of"),
    ):
        answer = await browser.post(
            "/draw/redraw", data={"n": n, "reason-0": "x", "reason-9": "x", "reason-None": "x"}
        )
        assert answer.status_code == 409
        assert said in answer.text
    saved(await browser.post("/draw/redraw", data={"n": "2", "reason-2": "no answer"}))
    last = await browser.post("/draw/redraw", data={"n": "3", "reason-3": "no answer"})
    assert last.status_code == 409  # all four have won
    assert values(last.text)["reason-3"] == "no answer"
    assert [reason for _, _, reason in await wins(api)] == [HOSTILE, None, "no answer", None]


async def test_a_draw_that_was_asked_for_too_late_waits_for_the_button(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await prize(api, "Bike", 1)
    await settle(api, "chosen")
    await end(app)
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post("/draw", data={"sure": "on", "seed": "7 12"})
    again = await browser.post("/draw", data={**values(asked.text), **SIGN_IN})
    assert again.status_code == 200
    assert values(again.text) == {"sure": "on", "seed": "7 12"}
    assert await wins(api) == []
