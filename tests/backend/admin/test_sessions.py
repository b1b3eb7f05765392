"""The owner's pages when a session has ended, or never began."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    SETTINGS,
    SIGN_IN,
    browser_of,
    campaign_at,
    form_at,
    key_of,
    saved,
    values,
)
from tests.backend.stored import query_write
from trk.store.program import select
from trk.web import admin
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_a_form_whose_session_has_ended_comes_back_filled_in_and_is_not_carried_out(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    form = {**await form_at(browser, "/settings"), **SETTINGS, "description": "\nTwo\n\nlines"}
    del form["show_entries"]
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post("/settings", data=form)
    assert asked.status_code == 403
    assert "Your session has expired" in asked.text
    carried = values(asked.text)
    assert carried["description"] == form["description"]
    wrong = await browser.post(
        "/settings", data={**carried, **SIGN_IN, "sign_in_password": "wrong"}
    )
    assert wrong.status_code == 400
    again = await browser.post("/settings", data={**values(wrong.text), **SIGN_IN})
    assert again.status_code == 200
    assert "Nothing is saved yet" in again.text
    shown = values(again.text)
    assert shown == form
    assert (await campaign_at(app, browser)).name == "Win a bike"
    saved(await browser.post("/settings", data=shown))
    assert (await campaign_at(app, browser)).name == "Win a boat"


async def test_a_button_that_is_pressed_too_late_does_nothing_but_lead_back(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    for button in ("/close", "/delete", "/copy"):
        async with browser_of(app) as late:
            late.base_url = browser.base_url
            asked = await late.post(button, data={})
            assert asked.status_code == 403
            answer = await late.post(button, data={**values(asked.text), **SIGN_IN})
            assert saved(answer).startswith(browser.base_url.path.rstrip("/"))
            assert (await late.get("/settings")).status_code == 200
    assert (await campaign_at(app, browser)).closed_at is None
    rows = await server_of(app).database.read(select, "SELECT id FROM campaigns")
    assert len(rows) == 1


async def test_a_file_that_is_asked_for_too_late_leads_back_to_its_list(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    """A browser that gets a file stays where it was: at the form to sign in."""
    files = [route.path for route in admin.routes() if route.path.endswith(".csv")]
    assert len(files) >= 6
    for path in files:
        file = "/admin" + path.replace("{key}", key_of(sqlite_browser))
        async with browser_of(sqlite_app) as late:
            asked = await late.get(f"{file}?search=Ann&order=oldest&separator=semicolon")
            next_page = parse_qs(urlsplit(asked.headers["location"]).query)["next"][0]
            form = {**SIGN_IN, "next": next_page}
            back = saved(await late.post("/admin/sign-in", data=form))
            assert (
                parse_qs(urlsplit(back).query).items()
                >= {"search": ["Ann"], "order": ["oldest"]}.items()
            ), file
            page = await late.get(back)
            assert page.status_code == 200, back
            assert page.headers["content-type"].startswith("text/html"), back


async def test_without_a_session_no_page_of_an_owner_is_shown(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    by_link = ("/link/{token}", "/campaigns/{key}/developer/{token}")
    opened = ("/", "/sign-in", "/sign-out", "/setup", *by_link)
    paths = {
        route.path.replace("{key}", key_of(sqlite_browser)).replace("{action}", "1")
        for route in admin.routes()
        if route.path not in opened
    }
    assert len(paths) > 15
    async with browser_of(sqlite_app) as stranger:
        for path in paths:
            read = await stranger.get(f"/admin{path}")
            assert read.status_code in (303, 405), path
            if read.status_code == 303:
                assert "/admin/sign-in" in read.headers["location"]
            sent = await stranger.post(f"/admin{path}", data={"name": "x"})
            assert sent.status_code in (403, 405), path
            assert "Win a bike" not in read.text + sent.text
