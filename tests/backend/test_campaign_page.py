"""The campaign's page without a browser's scripts: entering, the way to the shop, every state."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from backend.core.campaign import iso
from backend.core.keys import token_hash
from backend.store.program import Statement, select
from tests.backend.conftest import api_of, beacon, client_of

ANN = {"name": "Ann", "email": "ann@example.org"}
PAGE = "/y2sB7/win-a-bike"
VISITOR = "a" * 32
HOUR = 3_600_000


def now() -> int:
    return time.time_ns() // 1_000_000


async def make(app: Starlette, **fields: Any) -> int:
    """A campaign with the action VIP; the action's id."""
    async with await api_of(app) as owner:
        await owner.post("/campaigns", json={"name": "Win a bike", "key": "y2sB7", **fields})
        url = "https://shop.test/vip?a=1&xref=old&b=#part"
        action = {"title": "Be VIP", "tracking_name": "VIP", "url": url, "worth": 5}
        made: int = (await owner.post("/campaigns/y2sB7/actions", json=action)).json()["id"]
        return made


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A browser; the test runs on both databases."""
    async with client_of(app, accept="text/html") as client:
        yield client


@pytest.fixture
async def sqlite_browser(sqlite_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sqlite_app, accept="text/html") as client:
        yield client


async def test_the_short_address_leads_to_the_readable_one_and_keeps_the_question(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app)
    answer = await sqlite_browser.get("/y2sB7?visitor=1&x=y")
    assert answer.headers["location"] == f"{PAGE}?visitor=1&x=y"
    assert (await sqlite_browser.get("/y2sB7/old-name")).headers["location"] == PAGE


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
    [row] = await app.state.database.read(select("SELECT token_hash FROM entrant_sessions"))
    assert row["token_hash"] == token_hash(browser.cookies["trk_y2sB7"])


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Please give your name"),
        ({"name": "", "email": "ann@example.org"}, "Please give your name"),
        ({"name": "x" * 101, "email": "ann@example.org"}, "at most 100 characters"),
        ({"name": "An\0n", "email": "ann@example.org"}, "Please give your name"),
        ({"name": "Ann", "email": ""}, "Please give an e-mail address"),
        ({"name": "Ann", "email": "ann(at)example"}, "such as name@example.org"),
        ({"name": "Ann", "email": f"{'a' * 300}@example.org"}, "Please give an e-mail address"),
        ({"name": "Ann", "email": "a@b.test\r\nBcc: all@b.test"}, "Please give an e-mail address"),
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
    assert "Too many files" in answer.text


async def test_an_e_mail_that_has_entered_shows_another_browser_nothing(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    async with client_of(app) as other:
        answer = await other.post("/y2sB7/enter", data={"name": "Eve", "email": "ANN@example.org"})
        assert answer.status_code == 200
        assert "has entered before, in another browser" in answer.text
        assert ">Ann" not in answer.text
        assert "set-cookie" not in answer.headers
        assert "You’re in" not in (await other.get(PAGE)).text


async def test_following_an_actions_link_mints_a_token_for_one_visitor_and_unlocks(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    answer = await browser.get(f"/y2sB7/go/{action}")
    assert answer.status_code == 303
    assert answer.headers["cache-control"] == "no-store"
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
    assert '<dd id="entries">5</dd>' in page
    assert "Well done" in page


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
    assert "There is nothing here" in answer.text


async def test_what_a_visitor_did_before_counts_as_soon_as_the_person_enters(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    async with client_of(app) as shop:
        await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=VISITOR))
    answer = await browser.get(f"{PAGE}?visitor={VISITOR}")
    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    await browser.post("/y2sB7/enter", data=ANN)
    assert 'data-state="done"' in (await browser.get(PAGE)).text


@pytest.mark.parametrize("visitor", ["", "x", "A" * 32, "%00" * 32])
async def test_a_visitor_id_of_another_shape_is_dropped(
    app: Starlette, browser: httpx.AsyncClient, visitor: str
) -> None:
    await make(app)
    answer = await browser.get(f"{PAGE}?visitor={visitor}")
    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    assert "set-cookie" not in answer.headers


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
    await sqlite_app.state.database.write(_closing(now() - 1))
    page = (await sqlite_browser.get(PAGE)).text
    assert "This campaign is closed" in page
    assert 'action="/y2sB7/enter"' not in page


def _closing(instant: int) -> Any:
    yield Statement("UPDATE campaigns SET closed_at = $1", (instant,))


@pytest.mark.parametrize(("shown", "expected"), [(True, True), (False, False)])
async def test_all_entries_are_shown_unless_the_owner_hides_them(
    app: Starlette, browser: httpx.AsyncClient, shown: bool, expected: bool
) -> None:
    await make(app, show_entries=shown)
    async with client_of(app) as shop:
        await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=VISITOR))
    await browser.get(f"{PAGE}?visitor={VISITOR}")
    await browser.post("/y2sB7/enter", data=ANN)
    assert ('<dd id="total">5</dd>' in (await browser.get(PAGE)).text) is expected


@pytest.mark.parametrize("path", ["/nosuch", "/nosuch/page", "/nosuch/go/1", "/%00", "/y2"])
async def test_an_unknown_campaign_is_a_page_that_says_so(
    app: Starlette, browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is nothing here" in answer.text


async def test_the_status_is_answered_304_until_something_unlocks(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    action = await make(app)
    await browser.get(f"{PAGE}?visitor={VISITOR}")
    await browser.post("/y2sB7/enter", data=ANN)
    first = await browser.get("/y2sB7/status")
    assert first.json() == {
        "entered": True,
        "status": {
            "state": "open",
            "entries": 0,
            "actions": [{"id": action, "state": "open", "entries": 0, "again_at": ""}],
            "completed": 0,
            "reward": "none",
        },
    }
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Cookie, Authorization"
    known = {"if-none-match": first.headers["etag"]}
    same = await browser.get("/y2sB7/status", headers=known)
    assert (same.status_code, same.content) == (304, b"")
    async with client_of(app) as shop:
        await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=VISITOR))
    changed = await browser.get("/y2sB7/status", headers=known)
    assert changed.status_code == 200
    done = {"id": action, "state": "done", "entries": 5, "again_at": ""}
    assert changed.json()["status"]["actions"] == [done]


async def test_a_stranger_sees_nothing_personal_in_the_status(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    assert (await browser.get("/y2sB7/status")).json()["entered"] is False
    answer = await browser.get("/nosuch/status")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_campaign")


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
        assert "<h1>" in page.text


async def test_the_page_weighs_under_30_kilobytes_with_all_it_loads(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, accent="#0f7b4f")
    await sqlite_browser.post("/y2sB7/enter", data=ANN)
    page = await sqlite_browser.get(PAGE)
    weight = len(page.content)
    for name in ("campaign.css", "campaign.js"):
        start = page.text.index(f"/static/{name}?v=")
        asset = await sqlite_browser.get(page.text[start : page.text.index('"', start)])
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        weight += len(asset.content)
    assert weight < 30_000


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
    assert "mailbox" in (await browser.post("/y2sB7/enter", data=ANN)).text
