"""The owner's list of claims, and the warning when codes run out."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import browser_of, set_up
from tests.backend.calls import action, call, entered, made
from tests.backend.conftest import api_of
from tests.backend.stored import query_write, visitor
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
PAGE = "/admin/campaigns/y2sB7/claims"


async def earn(app: Starlette, api: httpx.AsyncClient, number: int) -> None:
    await entered(app, number)
    body = call(number, ["Purchase"], visitor=visitor(number))
    assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200


async def test_claims_tell_who_got_what_and_warn_when_codes_run_out(app: Starlette) -> None:
    async with await api_of(app) as api, browser_of(app) as browser:
        await set_up(app, browser)
        await made(api, "reward", reward_kind="codes", timezone="Europe/Berlin")
        await action(api)
        codes = f"{HOSTILE}\nA-2\nA-3\n"
        assert (await api.post("/campaigns/y2sB7/codes", content=codes)).json()["added"] == 3
        page = (await browser.get(PAGE)).text
        assert "Nobody has earned the reward yet" in page
        assert "Codes run out" not in page
        await earn(app, api, 1)
        await earn(app, api, 2)
        await query_write(server_of(app).database, "UPDATE claims SET claimed_at = 1790000000000")
        await query_write(server_of(app).database, f"UPDATE entrants SET name = '{HOSTILE}'")
        page = (await browser.get(PAGE)).text
        for said in ("1@example.org", "2@example.org", "A-2", "21 September 2026, 16:13"):
            assert said in page
        assert page.index("2@example.org") < page.index("1@example.org")  # newest first
        assert "Codes are running out" in page
        assert page.count("&lt;script&gt;alert") >= 3
        assert "<script>alert" not in page
        assert "<img" not in page
        await earn(app, api, 3)
        await earn(app, api, 4)
        page = (await browser.get(PAGE)).text
        assert "There are no codes left" in page
        assert "4@example.org" not in page
        assert "No further claims" in (await browser.get(f"{PAGE}?after=1")).text


async def test_claims_without_a_reward_say_where_to_choose_one(app: Starlette) -> None:
    async with await api_of(app) as api, browser_of(app) as browser:
        await set_up(app, browser)
        await made(api, "reward")
        page = (await browser.get(PAGE)).text
        assert "/admin/campaigns/y2sB7/settings#reward" in page
        assert "Codes left" not in page
