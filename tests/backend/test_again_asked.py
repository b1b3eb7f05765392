"""What the next campaign asks of who is known from another one, and when it offers nothing."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN
from tests.backend.entering_again import (
    ELSE,
    NEXT,
    SAID,
    ask_in_next,
    entered,
    entrants,
    hidden,
    offered,
)
from tests.backend.stored import query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_what_the_next_asks_is_asked_with_name_and_e_mail_filled_in(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    terms = await ask_in_next(app, "I accept the terms", kind="checkbox", required=True)
    page = await browser.get(NEXT)
    for part in ('value="Ann"', 'value="ann@example.org"', f'name="{terms}"', f'href="{ELSE}"'):
        assert part in page.text
    assert hidden(page, "again") is None
    refused = await browser.post("/n3xtC/enter", data=ANN)
    assert refused.status_code == 400
    assert 'value="ann@example.org"' in refused.text
    assert await entrants(app) == []
    assert (await browser.post("/n3xtC/enter", data={**ANN, terms: "yes"})).status_code == 303
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


async def test_a_field_that_came_after_the_card_was_shown_is_asked(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    terms = await ask_in_next(app, "I accept the terms", kind="checkbox", required=True)
    answer = await browser.post("/n3xtC/enter", data={"again": ann})
    assert answer.status_code == 400
    for part in ('value="Ann"', 'value="ann@example.org"', f'id="{terms}-mistake"'):
        assert part in answer.text
    assert await entrants(app) == []


async def test_nobody_is_offered_where_nobody_can_enter(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    sql = "UPDATE campaigns SET ends_at = 1 WHERE key = 'n3xtC'"
    await query_write(server_of(app).database, sql)
    assert SAID not in (await browser.get(NEXT)).text
    answer = await browser.post("/n3xtC/enter", data={"again": ann})
    assert answer.status_code == 400
    assert await entrants(app) == []


async def test_a_preview_shows_the_form_that_a_newcomer_sees(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    sql = "UPDATE campaigns SET published_at = NULL, preview_token = 'seen' WHERE key = 'n3xtC'"
    await query_write(server_of(app).database, sql)
    browser.cookies.set("trk_preview_n3xtC", "seen", path="/n3xtC")
    page = await browser.get(NEXT)
    assert page.status_code == 200
    assert SAID not in page.text
    assert 'name="email"' in page.text
