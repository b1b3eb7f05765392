"""Cookies where browsers come by https: their names have a prefix, and what becomes of old ones."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import SIGN_IN, browser_of, set_up
from tests.backend.conftest import api_of, running
from trk.settings import Settings

SERVED = "https://track.test"
ANN = {"name": "Ann", "email": "ann@example.org"}
PAGE = "/y2sB7/win-a-bike"


@pytest.fixture
async def secure(sqlite_url: str) -> AsyncIterator[Starlette]:
    """A server with https and one campaign."""
    async with running(Settings(database=sqlite_url, public_url=SERVED)) as app:
        async with await api_of(app) as api:
            made = await api.post("/campaigns", json={"name": "Win a bike", "key": "y2sB7"})
            assert made.status_code == 201
        yield app


@pytest.fixture
async def browser(secure: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that came by https."""
    async with browser_of(secure) as client:
        client.base_url = httpx.URL(SERVED)
        yield client


def _set(answer: httpx.Response) -> dict[str, str]:
    """The cookies that an answer sets or deletes: their names, and all that is said of them."""
    said = answer.headers.get_list("set-cookie")
    return {each.partition("=")[0]: each.partition("=")[2] for each in said}


async def test_an_entrants_cookies_have_a_prefix_and_what_it_demands(
    browser: httpx.AsyncClient,
) -> None:
    cookies = _set(await browser.post("/y2sB7/enter", data=ANN))
    everywhere = cookies.pop("__Host-trk_entered")
    assert list(cookies) == ["__Secure-trk_y2sB7", "__Secure-trk_browser_y2sB7"]
    for path, said in (("/", everywhere), *(("/y2sB7", each) for each in cookies.values())):
        for part in ("Secure", "HttpOnly", "SameSite=lax", f"Path={path};"):
            assert part in f"{said};"
        assert "Domain" not in said
    assert "You’re in" in (await browser.get(PAGE)).text
    gone = await browser.get(PAGE, params={"visitor": "f" * 32})
    assert list(_set(gone)) == ["__Secure-trk_ticket_y2sB7"]


async def test_an_entrants_session_of_before_stays_and_ends_when_it_is_left(
    browser: httpx.AsyncClient,
) -> None:
    entered = await browser.post("/y2sB7/enter", data=ANN)
    token = entered.cookies["__Secure-trk_y2sB7"]
    browser.cookies.clear()
    before = {"cookie": f"trk_y2sB7={token}"}
    assert "You’re in" in (await browser.get(PAGE, headers=before)).text
    left = await browser.post("/y2sB7/leave", headers=before)
    assert set(_set(left)) == {"trk_y2sB7", "__Secure-trk_y2sB7", "__Host-trk_entered"}
    assert all('""' in said and "Max-Age=0" in said for said in _set(left).values())
    assert "You’re in" not in (await browser.get(PAGE, headers=before)).text


async def test_a_browsers_secret_that_came_without_https_is_none(
    secure: Starlette, browser: httpx.AsyncClient
) -> None:
    """Whoever has set it would know it, and be let in as the same browser."""
    planted = {"cookie": f"trk_browser_y2sB7={'b' * 32}"}
    entered = await browser.post("/y2sB7/enter", data=ANN, headers=planted)
    assert entered.cookies["__Secure-trk_browser_y2sB7"] != "b" * 32
    async with browser_of(secure) as other:
        other.base_url = httpx.URL(SERVED)
        asked = await other.post("/y2sB7/enter", data={**ANN, "browser": "b" * 32})
        assert "Check your e-mail" in asked.text


async def test_what_other_campaigns_may_offer_is_nobodys_to_set_but_this_hosts(
    secure: Starlette, browser: httpx.AsyncClient
) -> None:
    async with await api_of(secure) as api:
        await api.post("/campaigns", json={"name": "Ride on", "key": "n3xtC"})
    entered = await browser.post("/y2sB7/enter", data=ANN)
    token = entered.cookies["__Host-trk_entered"]
    assert "Enter as <bdi>Ann</bdi>" in (await browser.get("/n3xtC/ride-on")).text
    browser.cookies.clear()
    for name in ("trk_entered", "__Secure-trk_entered"):
        planted = {"cookie": f"{name}={token}"}
        page = await browser.get("/n3xtC/ride-on", headers=planted)
        assert "Enter as" not in page.text
    cookies = f"__Host-trk_entered={token}; __Secure-trk_y2sB7={token}"
    gone = _set(await browser.post("/y2sB7/leave", headers={"cookie": cookies}))
    # A browser refuses to touch such a cookie unless the answer is as strict as the first one.
    for part in ("Secure", "Path=/;", "Max-Age=0"):
        assert part in f"{gone['__Host-trk_entered']};"


async def test_an_owners_cookie_belongs_to_this_host_and_one_of_before_is_none(
    secure: Starlette, browser: httpx.AsyncClient
) -> None:
    await set_up(secure, browser)
    signed_in = await browser.post("/admin/sign-in", data=SIGN_IN)
    cookies = _set(signed_in)
    assert list(cookies) == ["__Host-trk_owner"]
    said = cookies["__Host-trk_owner"]
    for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/;"):
        assert part in f"{said};"
    assert "Domain" not in said
    token = said.partition(";")[0]
    assert (await browser.get("/admin/account")).status_code == 200
    browser.cookies.clear()
    old = await browser.get("/admin/account", headers={"cookie": f"trk_owner={token}"})
    assert old.status_code == 303
    assert old.headers["location"].startswith("/admin/sign-in")


async def test_signing_out_deletes_the_owners_cookie(
    secure: Starlette, browser: httpx.AsyncClient
) -> None:
    await set_up(secure, browser)
    gone = _set(await browser.post("/admin/sign-out"))
    # A browser refuses to touch such a cookie unless the answer is as strict as the first one.
    for part in ("Secure", "Path=/;", "Max-Age=0"):
        assert part in f"{gone['__Host-trk_owner']};"
