"""Entering a campaign and leaving it, without a browser's scripts."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, VISITOR, arrive, make
from tests.backend.conftest import beacon, client_of
from trk.core.keys import token_hash
from trk.store.program import select
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_a_person_enters_and_is_known_in_this_browser_only(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    assert "You’re in" not in (await browser.get(PAGE)).text
    answer = await browser.post("/y2sB7/enter", data=ANN)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    page = await browser.get(PAGE)
    assert "You’re in, <bdi>Ann" in page.text
    assert 'action="/y2sB7/enter"' not in page.text
    assert page.headers["cache-control"] == "private, no-store"
    async with client_of(app) as other:
        assert "You’re in" not in (await other.get(PAGE)).text
    [row] = await server_of(app).database.read(select, "SELECT token_hash FROM entrant_sessions")
    assert row["token_hash"] == token_hash(browser.cookies["trk_y2sB7"])


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Enter your name"),
        ({"name": "", "email": "ann@example.org"}, "Enter your name"),
        (
            {"name": "x" * 101, "email": "ann@example.org"},
            "Use at most 100 characters; this name has 101.",
        ),
        ({"name": "\0\u202e", "email": "ann@example.org"}, "Enter your name."),
        ({"name": "\u3164\u200d", "email": "ann@example.org"}, "Enter your name."),
        ({"name": "Ann", "email": ""}, "Enter an e-mail address"),
        ({"name": "Ann", "email": "ann(at)example"}, "such as name@example.org"),
        ({"name": "Ann", "email": f"{'a' * 300}@example.org"}, "Enter an e-mail address"),
        ({"name": "Ann", "email": "a@b.test\r\nBcc: all@b.test"}, "Enter an e-mail address"),
    ],
)
async def test_a_wrong_form_comes_back_filled_in_with_what_is_wrong(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient, form: dict[str, str], said: str
) -> None:
    await make(sqlite_app)
    answer = await sqlite_browser.post("/y2sB7/enter", data=form)
    assert answer.status_code == 400
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    if form.get("email") == "ann@example.org":
        assert 'value="ann@example.org"' in answer.text
    if form.get("name") == "Ann":
        assert 'value="Ann"' in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"name": "Ann"}', "application/json"),
        (b"", "application/x-www-form-urlencoded"),
        (b"%ff%fe=%00", "application/x-www-form-urlencoded"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
    ],
)
async def test_what_is_no_form_is_refused_without_an_error_of_ours(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient, content: bytes, kind: str
) -> None:
    await make(sqlite_app)
    headers = {"content-type": kind}
    answer = await sqlite_browser.post("/y2sB7/enter", content=content, headers=headers)
    assert answer.status_code == 400


async def test_an_uploaded_file_is_no_name(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app)
    files = {"name": ("Ann.txt", b"Ann"), "email": ("mail.txt", b"ann@example.org")}
    answer = await sqlite_browser.post("/y2sB7/enter", files=files)
    assert answer.status_code == 400
    assert "This form can’t be read" in answer.text


async def test_an_e_mail_that_has_entered_shows_another_browser_nothing(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    async with client_of(app) as other:
        answer = await other.post("/y2sB7/enter", data={"name": "Eve", "email": "ANN@example.org"})
        assert answer.status_code == 200
        assert "has already entered in another browser" in answer.text
        assert ">Ann" not in answer.text
        # So that the mailed link knows the browser again; but no session.
        assert [each.name for each in other.cookies.jar] == ["trk_browser_y2sB7"]
        assert "You’re in" not in (await other.get(PAGE)).text


async def test_what_a_visitor_did_before_counts_as_soon_as_the_person_enters(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    async with client_of(app) as shop:
        await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=VISITOR))
    answer = await arrive(app, browser)
    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    await browser.post("/y2sB7/enter", data=ANN)
    assert 'data-state="done"' in (await browser.get(PAGE)).text


@pytest.mark.parametrize("visitor", ["", "x", "A" * 32, "%00" * 32])
async def test_a_ticket_of_another_shape_is_dropped(
    app: Starlette, browser: httpx.AsyncClient, visitor: str
) -> None:
    await make(app)
    answer = await browser.get(f"{PAGE}?visitor={visitor}")
    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    assert "set-cookie" not in answer.headers


async def test_who_leaves_is_a_stranger_in_this_browser_and_stays_an_entrant(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    kept = dict(browser.cookies)
    left = await browser.post("/y2sB7/leave")
    assert (left.status_code, left.headers["location"]) == (303, PAGE)
    assert "You’re in" not in (await browser.get(PAGE)).text
    browser.cookies.update(kept)  # a copy of the cookie is worth nothing
    assert "You’re in" not in (await browser.get(PAGE)).text
    assert "Check your e-mail" in (await browser.post("/y2sB7/enter", data=ANN)).text
