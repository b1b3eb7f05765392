"""The owner's API tokens: made with what they may do, shown once, listed in words, revoked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    HOSTILE,
    SIGN_IN,
    browser_of,
    form_at,
    mistakes,
    saved,
    set_up,
    values,
)
from tests.backend.conftest import PUBLIC_URL, client_of
from tests.backend.stored import query_write
from trk.core.access import ALL, SCOPES
from trk.store import tokens
from trk.web.admin.tokens import SCOPE_NAMES
from trk.web.server import server_of

pytestmark = pytest.mark.once

HERE = "/admin/tokens"


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases."""
    async with browser_of(app) as client:
        await set_up(app, client, name=HOSTILE)
        yield client


async def make(browser: httpx.AsyncClient, **form: str) -> str:
    """Create a token as the form does: the token."""
    answer = await browser.post(HERE, data=form)
    assert answer.status_code == 200, mistakes(answer.text)
    assert answer.headers["cache-control"] == "private, no-store"
    token: str = re.findall(r'<code id="token">(trk_[\w-]+)</code>', answer.text)[0]
    return token


async def asked(app: Starlette, token: str, path: str) -> int:
    """The status with which the API answers this token."""
    async with client_of(app, authorization=f"Bearer {token}") as client:
        return (await client.get(f"{PUBLIC_URL}/api/v1{path}")).status_code


async def count(app: Starlette) -> int:
    return len(await server_of(app).database.read(tokens.every))


async def test_a_token_is_made_with_its_scopes_campaign_and_end_and_is_shown_once(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get(HERE)).text
    assert "No tokens yet" in page
    key = re.findall(r'<option value="(\w+)">', page)[0]
    form = {**await form_at(browser, HERE), "name": HOSTILE, "campaign": key, "days": "30"}
    assert form["read"] == "on"
    token = await make(browser, **form, beacons="on")
    [made] = await server_of(app).database.read(tokens.every)
    assert (made.name, made.scopes, made.campaign_key) == (HOSTILE, ("read", "beacons"), key)
    assert made.expires_at is not None
    assert made.expires_at - made.created_at == 30 * 86_400_000
    assert await asked(app, token, f"/campaigns/{key}") == 200
    assert await asked(app, token, f"/campaigns/{key}/entrants") == 403
    page = (await browser.get(HERE)).text
    assert token not in page
    for words in ("Read campaigns and counts · Report actions", "Only in <a", "expires "):
        assert words in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "last used" in page


async def test_a_token_without_an_end_or_a_campaign_is_good_everywhere_for_ever(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    token = await make(browser, name="All", days="", campaign="", **dict.fromkeys(ALL, "on"))
    [made] = await server_of(app).database.read(tokens.every)
    assert (made.scopes, made.expires_at, made.campaign_key) == (ALL, None, None)
    page = (await browser.get(HERE)).text
    for words in ("In all campaigns", "never expires", "never used"):
        assert words in page
    assert await asked(app, token, "/campaigns") == 200


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"name", "scopes"}),
        ({"name": " ", "read": "on"}, {"name"}),
        ({"name": "x" * 101, "read": "on"}, {"name"}),
        ({"name": "\u202e", "read": "on"}, {"name"}),
        ({"name": "\u3164", "read": "on"}, {"name"}),
        ({"name": "Shop"}, {"scopes"}),
        ({"name": "Shop", "admin": "on", "owners": "on"}, {"scopes"}),
        ({"name": "Shop", "scopes": "read write"}, {"scopes"}),
        ({"name": "Shop", "read": "on", "days": "0"}, {"days"}),
        ({"name": "Shop", "read": "on", "days": "3651"}, {"days"}),
        ({"name": "Shop", "read": "on", "days": "-1"}, {"days"}),
        ({"name": "Shop", "read": "on", "days": "1.5"}, {"days"}),
        ({"name": "Shop", "read": "on", "days": "٣"}, {"days"}),
        ({"name": "Shop", "read": "on", "days": "9" * 5000}, {"days"}),
        ({"name": "Shop", "read": "on", "campaign": "nosuch"}, {"campaign"}),
        ({"name": "Shop", "read": "on", "campaign": HOSTILE}, {"campaign"}),
        ({"name": HOSTILE * 10, "days": HOSTILE}, {"name", "scopes", "days"}),
    ],
)
async def test_what_can_be_no_token_is_refused_beside_its_field_with_what_was_typed(
    sqlite_app: Starlette, form: dict[str, str], fields: set[str]
) -> None:
    async with browser_of(sqlite_app) as browser:
        await set_up(sqlite_app, browser)
        answer = await browser.post(HERE, data=form)
        assert answer.status_code == 400
        assert set(mistakes(answer.text)) == fields
        shown = values(answer.text)
        assert shown["campaign"] == ("-" if "campaign" in form else "")
        for field in ("name", "days"):
            assert shown[field] == form.get(field, "")
        assert ("read" in shown) == ("read" in form)
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert "trk_" not in answer.text
        assert await count(sqlite_app) == 0


async def test_a_token_is_revoked_only_after_asking(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    token = await make(browser, name="Shop", read="on")
    other = await make(browser, name="Other", read="on")
    listed = (await browser.get(HERE)).text
    [path] = re.findall(r'href="([^"]+)">Revoke<span class="hidden">: Shop<', listed)
    assert "Revoke “Shop”?" in (await browser.get(path)).text
    assert await asked(app, token, "/campaigns") == 200
    assert saved(await browser.post(path)) == f"{HERE}?revoked"
    assert "It no longer works" in (await browser.get(f"{HERE}?revoked")).text
    assert await asked(app, token, "/campaigns") == 401
    assert await asked(app, other, "/campaigns") == 200
    for wrong in (path, f"{HERE}/x/revoke", f"{HERE}/99999999999999999999/revoke"):
        assert (await browser.get(wrong)).status_code == 404
        assert (await browser.post(wrong)).status_code == 404


async def test_a_token_that_has_ended_says_so(app: Starlette, browser: httpx.AsyncClient) -> None:
    await make(browser, name="Old", read="on", days="1")
    await query_write(server_of(app).database, "UPDATE api_tokens SET expires_at = 1790000000000")
    page = (await browser.get(HERE)).text
    assert "expired <time" in page
    assert ">Expired<" in page


async def test_a_form_after_the_session_has_ended_comes_back_and_makes_nothing_yet(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(browser, name="Shop", read="on")
    form = {"name": "Second", "draw": "on", "days": "7", "campaign": ""}
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    answer = await browser.post(HERE, data=form)
    assert answer.status_code == 403
    again = await browser.post(HERE, data={**values(answer.text), **SIGN_IN})
    assert "Nothing is saved yet" in again.text
    shown = values(again.text)
    assert (shown["name"], shown["days"], "draw" in shown, "read" in shown) == (
        *("Second", "7"),
        *(True, False),
    )
    assert await count(app) == 1
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    path = f"{HERE}/1/revoke"
    answer = await browser.post(path)
    assert answer.status_code == 403
    assert saved(await browser.post(path, data={**values(answer.text), **SIGN_IN})) == HERE
    assert await count(app) == 1


async def test_another_sites_page_makes_and_revokes_nothing(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(browser, name="Shop", read="on")
    browser.headers["sec-fetch-site"] = "cross-site"
    browser.headers["origin"] = "https://evil.example"
    for path in (HERE, f"{HERE}/1/revoke"):
        assert (await browser.post(path, data={"name": "x", "read": "on"})).status_code == 403
    assert await count(app) == 1


def test_every_scope_has_words_for_owners() -> None:
    assert tuple(SCOPE_NAMES) == tuple(SCOPES) == ALL
