"""What everyone gets, and the codes for it."""

from __future__ import annotations

import re

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    SIGN_IN,
    campaign_at,
    saved,
    values,
    with_settings,
)
from tests.backend.calls import competition
from tests.backend.conftest import api_of
from tests.backend.stored import query_write
from trk.store import rewards
from trk.store.pages import Span
from trk.web.server import server_of

pytestmark = pytest.mark.once


async def test_a_reward_that_needs_less_is_given_at_once_to_who_has_earned_it(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with await api_of(app) as api:
        await competition(app, api, 3)
    browser.base_url = httpx.URL("http://track.test/admin/campaigns/y2sB7")
    reward = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10"}
    saved(await with_settings(browser, **reward, reward_after="3"))
    campaign = await campaign_at(app, browser)
    assert len((await server_of(app).database.read(rewards.claims, campaign, Span())).rows) == 1
    saved(await with_settings(browser, reward_after="2"))
    assert len((await server_of(app).database.read(rewards.claims, campaign, Span())).rows) == 2


async def test_a_file_of_codes_outlives_the_end_of_the_session(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    saved(await with_settings(browser, kind="reward", reward_kind="codes"))
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post(
        "/codes", data={"codes": "A-1"}, files={"file": ("codes.txt", b"B-1\r\nB-2")}
    )
    again = await browser.post("/codes", data={**values(asked.text), **SIGN_IN})
    assert (
        await server_of(app).database.read(rewards.stock, await campaign_at(app, browser))
    ).total == 0
    shown = await browser.post("/codes", data=values(again.text))
    assert re.findall(r"<li><code[^>]*>(.*?)</code>", shown.text) == ["B-1", "B-2", "A-1"]
    page = await browser.post("/codes", data={**values(shown.text), "add": "1 False"})
    assert "3 of 3 codes were new" in page.text
