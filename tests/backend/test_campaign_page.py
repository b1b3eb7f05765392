"""The campaign's page without a browser's scripts: the way to the shop, every state."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, VISITOR, arrive, make
from tests.backend.conftest import api_of, beacon, client_of
from trk.core.instant import iso
from trk.store.program import select
from trk.web.server import server_of

pytestmark = pytest.mark.once

HOUR = 3_600_000


def now() -> int:
    return time.time_ns() // 1_000_000


async def test_the_short_address_leads_to_the_readable_one_and_keeps_the_question(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app)
    answer = await sqlite_browser.get("/y2sB7?visitor=1&x=y")
    assert answer.headers["location"] == f"{PAGE}?visitor=1&x=y"
    assert (await sqlite_browser.get("/y2sB7/old-name")).headers["location"] == PAGE


async def test_following_an_actions_link_mints_a_token_for_one_visitor_and_unlocks(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    answer = await browser.get(f"/y2sB7/go/{action}")
    assert answer.status_code == 303
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "strict-origin"
    target = urlsplit(answer.headers["location"])
    assert (target.netloc, target.path, target.fragment) == ("shop.test", "/vip", "part")
    query = parse_qs(target.query, keep_blank_values=True)
    assert (query["a"], query["b"]) == (["1"], [""])
    token = query["xref"][-1]
    async with client_of(app) as shop:
        sent = beacon(["VIP", "gold"], visitor=VISITOR, xref=token)
        assert (await shop.post("/y2sB7/beacon", json=sent)).json()["unlocked"] == ["VIP"]
        stolen = beacon(["VIP"], visitor="b" * 32, xref=token)
        refused = (await shop.post("/y2sB7/beacon", json=stolen)).json()["refused"]
        assert [one["code"] for one in refused] == ["xref_used"]
    page = (await browser.get(PAGE)).text
    assert 'data-state="done"' in page
    assert '<dd id="entries" data-count="5">5</dd>' in page
    assert "Well done" in page


@pytest.mark.parametrize("path", [PAGE, "/y2sB7/frame?origin=https://shop.test"])
async def test_the_pages_that_a_campaign_leads_to_are_told_its_servers_address(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient, path: str
) -> None:
    await make(sqlite_app, allowed_origins=["https://shop.test"])
    answer = await sqlite_browser.get(path)
    assert (answer.status_code, answer.headers["referrer-policy"]) == (200, "strict-origin")


async def test_an_actions_link_without_entering_leads_back_to_the_page(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app)
    answer = await browser.get(f"/y2sB7/go/{action}")
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    stale = await browser.get(f"/y2sB7/go/{action}", headers={"cookie": "trk_y2sB7=old"})
    assert (stale.status_code, stale.headers["location"]) == (303, PAGE)


@pytest.mark.parametrize("action", ["0", "x", "%00", "9" * 40, "-1"])
async def test_a_link_of_no_action_is_not_found(
    app: Starlette, browser: httpx.AsyncClient, action: str
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    answer = await browser.get(f"/y2sB7/go/{action}")
    assert answer.status_code == 404
    assert "Page not found" in answer.text


@pytest.mark.parametrize(
    ("fields", "said", "label"),
    [
        ({"starts_at": iso(now() + 30 * HOUR)}, "Not open yet", "Starts in"),
        ({"ends_at": iso(now() - HOUR)}, "This campaign has ended", "Ended"),
    ],
)
async def test_outside_its_time_a_campaign_says_so_and_takes_nobody(
    sqlite_app: Starlette,
    sqlite_browser: httpx.AsyncClient,
    fields: dict[str, str],
    said: str,
    label: str,
) -> None:
    await make(sqlite_app, **fields)
    page = (await sqlite_browser.get(PAGE)).text
    assert said in page
    assert f"<dt>{label}</dt>" in page
    assert 'action="/y2sB7/enter"' not in page
    answer = await sqlite_browser.post("/y2sB7/enter", data=ANN)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


async def test_a_closed_campaign_says_so(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app)
    await server_of(sqlite_app).database.write(
        select, "UPDATE campaigns SET closed_at = $1", now() - 1
    )
    page = (await sqlite_browser.get(PAGE)).text
    assert "This campaign is closed" in page
    assert 'action="/y2sB7/enter"' not in page


@pytest.mark.parametrize(("shown", "expected"), [(True, True), (False, False)])
async def test_all_entries_are_shown_unless_the_owner_hides_them(
    app: Starlette, browser: httpx.AsyncClient, shown: bool, expected: bool
) -> None:
    await make(app, show_entries=shown)
    async with client_of(app) as shop:
        await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=VISITOR))
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    assert ('<dd id="total" data-count="5">5</dd>' in (await browser.get(PAGE)).text) is expected


@pytest.mark.parametrize("path", ["/nosuch", "/nosuch/page", "/nosuch/go/1", "/%00", "/y2"])
async def test_an_unknown_campaign_is_a_page_that_says_so(
    app: Starlette, browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Page not found" in answer.text


async def test_a_campaign_whose_name_is_a_word_of_ours_has_a_page_all_the_same(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    for name in ("Beacon", "status", "Go!", "enter", "???"):
        key = f"key{len(name)}{name[0].encode().hex()}"
        async with await api_of(sqlite_app) as owner:
            made = await owner.post("/campaigns", json={"name": name, "key": key})
            assert made.status_code == 201
        found = await sqlite_browser.get(f"/{key}")
        page = await sqlite_browser.get(found.headers["location"])
        assert page.status_code == 200
        assert "<h1" in page.text
