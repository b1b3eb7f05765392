"""What another site's page can't do, and what hostile text does not do to ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.conftest import PUBLIC_URL, api_of, beacon, client_of, running
from trk.settings import Settings
from trk.web.server import server_of

ANN = {"name": "Ann", "email": "ann@example.org"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
async def browser(sqlite_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with await api_of(sqlite_app) as owner:
        await owner.post("/campaigns", json={"name": "Win a bike", "key": "y2sB7"})
        action = {"title": "Be VIP", "tracking_name": "VIP", "url": "https://shop.test/"}
        await owner.post("/campaigns/y2sB7/actions", json=action)
    async with client_of(sqlite_app) as client:
        yield client


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": PUBLIC_URL},
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": f"{PUBLIC_URL}.evil.test"},
    ],
    ids=str,
)
async def test_a_form_that_another_sites_page_sends_does_nothing(
    browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await browser.post("/y2sB7/enter", data=ANN, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert "set-cookie" not in answer.headers
    # The same person can still enter: nothing was stored.
    assert (await browser.post("/y2sB7/enter", data=ANN)).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": PUBLIC_URL},
        {"sec-fetch-site": "none"},
        {"origin": PUBLIC_URL},
        {"origin": "http://inside.test:8000", "host": "inside.test:8000"},
        {},
    ],
    ids=str,
)
async def test_our_own_page_and_a_browser_that_says_nothing_may_send_it(
    browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await browser.post("/y2sB7/enter", data=ANN, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/y2sB7/win-a-bike")


async def test_a_beacon_and_the_api_are_used_from_other_sites(
    sqlite_app: Starlette, browser: httpx.AsyncClient
) -> None:
    elsewhere = {"sec-fetch-site": "cross-site", "origin": "https://shop.test"}
    sent: Any = beacon(["VIP"])
    answer = await browser.post("/y2sB7/beacon", json=sent, headers=elsewhere)
    assert answer.status_code == 200
    async with await api_of(sqlite_app) as owner:
        made = await owner.post("/campaigns", json={"name": "Other"}, headers=elsewhere)
    assert made.status_code == 201


@pytest.mark.parametrize("path", ["/y2sB7/win-a-bike", "/nosuch", "/y2sB7/go/77"])
async def test_every_page_forbids_frames_and_scripts_of_others(
    browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path, headers={"accept": "text/html"})
    policy = answer.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "form-action 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] in ("same-origin", "strict-origin")
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    # What the policy forbids would not work on the page, so the page must not need it.
    assert "<script>" not in answer.text
    assert "style=" not in answer.text
    assert "<style" not in answer.text


@pytest.mark.parametrize("path", ["/y2sB7/status", "/y2sB7/trk.js", "/healthz", "/api/v1/x"])
async def test_no_answer_is_taken_for_another_type(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/y2sB7/beacon"),
        ("OPTIONS", "/y2sB7/beacon"),
        ("GET", "/y2sB7/beacon"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/%00"),
        ("GET", "/y2sB7/embed.js"),
        ("GET", "/y2sB7/nosuch.js"),
        ("GET", "/static/admin.css"),
        ("GET", "/static/nosuch.css"),
        ("DELETE", "/y2sB7"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/api/v1/campaigns"),
        ("POST", "/y2sB7/enter"),
        ("GET", "/admin"),
    ],
)
async def test_every_answer_says_that_its_type_is_no_guess(
    browser: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await browser.request(method, path)
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


async def test_the_answer_to_a_bug_of_ours_says_so_too(
    sqlite_app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(poll: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(server_of(sqlite_app), "status", SimpleNamespace(read=broken))
    transport = httpx.ASGITransport(app=sqlite_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        answer = await client.get("/y2sB7/status")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("scheme", "told"), [("https", "max-age=31536000"), ("http", None)])
async def test_browsers_are_told_to_stay_with_https_where_that_is_the_public_address(
    sqlite_url: str, scheme: str, told: str | None
) -> None:
    settings = Settings(database=sqlite_url, public_url=f"{scheme}://track.test")
    async with running(settings) as app, client_of(app) as client:
        for path in ("/healthz", "/admin/sign-in", "/y2sB7/trk.js", "/api/v1/openapi.json", "/no"):
            answer = await client.get(path)
            assert answer.headers.get("strict-transport-security") == told


async def test_an_owners_hostile_text_is_shown_as_text(sqlite_app: Starlette) -> None:
    async with await api_of(sqlite_app) as owner:
        campaign = {"name": HOSTILE, "key": "hostile", "description": HOSTILE}
        assert (await owner.post("/campaigns", json=campaign)).status_code == 201
        action = {
            "title": HOSTILE,
            "tracking_name": HOSTILE,
            "description": f"[click](javascript:alert(1)) {HOSTILE}",
        }
        assert (await owner.post("/campaigns/hostile/actions", json=action)).status_code == 201
    async with client_of(sqlite_app) as client:
        found = await client.get("/hostile")
        page = (await client.get(found.headers["location"])).text
    assert "<script>alert" not in page
    assert "onerror=alert" not in page.replace("&lt;img src=x onerror=alert(1)&gt;", "")
    assert "javascript:" not in page.replace("[click](javascript:alert(1))", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def test_what_a_visitor_typed_comes_back_as_text(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/y2sB7/enter", data={"name": HOSTILE * 5, "email": HOSTILE})
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert 'value="&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&gt;&lt;img' in answer.text


@pytest.mark.parametrize("path", ["/%3Cscript%3Ealert(1)%3C/script%3E", "/a/b/c/%3Cimg%20src=x%3E"])
async def test_an_address_is_never_markup(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text


async def test_a_form_of_two_megabytes_is_refused(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/y2sB7/enter", data={"name": "x" * 2_000_000})
    assert answer.status_code == 413


async def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(
    sqlite_app: Starlette, browser: httpx.AsyncClient
) -> None:
    answer = await browser.post("/y2sB7/enter", data=ANN)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/y2sb7" in cookie
