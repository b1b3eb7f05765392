"""The owner's campaigns: made, listed, copied and closed."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    HOSTILE,
    campaign_at,
    form_at,
    mistakes,
    saved,
    with_settings,
)
from tests.backend.calls import competition
from tests.backend.conftest import api_of
from tests.backend.stored import query_write
from trk.store import actions, campaigns, prizes
from trk.web.server import server_of

pytestmark = pytest.mark.once


def overview(browser: httpx.AsyncClient) -> str:
    return str(browser.base_url).rstrip("/")


async def test_a_campaign_is_made_from_a_template_and_listed_with_its_numbers(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with await api_of(app) as api:
        await competition(app, api, 3)
    new = "http://track.test/admin/campaigns/new"
    for wrong in ({}, {"name": "", "template": "x", "timezone": "x"}):
        assert (await browser.post(new, data=wrong)).status_code == 400
    form = {"name": "Second", "template": "coupon", "timezone": "UTC"}
    assert saved(await browser.post(new, data=form)).startswith("/admin/campaigns/")
    page = (await browser.get("http://track.test/admin/campaigns")).text
    for said in ("Win a bike", "Second", "<dd>3</dd>", "<dd>6</dd>", "Open"):
        assert said in page


async def test_the_list_without_a_campaign_says_what_to_do(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    assert saved(await sqlite_browser.post("/delete")) == "/admin/campaigns?deleted"
    page = (await sqlite_browser.get("http://track.test/admin/campaigns?deleted")).text
    assert "Create your first campaign" in page
    assert "Deleted." in page
    assert (await sqlite_browser.get(overview(sqlite_browser))).status_code == 404


async def test_a_long_list_comes_in_parts(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    async with await api_of(sqlite_app) as api:
        for number in range(50):
            await api.post("/campaigns", json={"name": f"Number {number}"})
    first = await sqlite_browser.get("http://track.test/admin/campaigns")
    assert "Number 48" in first.text
    assert "Number 49" not in first.text
    after = first.text.split("/admin/campaigns?after=")[1].split('"')[0]
    second = (await sqlite_browser.get(f"http://track.test/admin/campaigns?after={after}")).text
    assert "Number 49" in second
    assert "Number 48" not in second


async def test_it_closes_and_reopens(app: Starlette, browser: httpx.AsyncClient) -> None:
    saved(await browser.post("/close"))
    assert "Closed" in (await browser.get(overview(browser))).text
    assert (await campaign_at(app, browser)).closed_at is not None
    saved(await browser.post("/reopen"))
    assert (await campaign_at(app, browser)).closed_at is None


async def test_a_copy_has_the_settings_actions_and_prizes_and_a_key_and_secret_of_its_own(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    saved(await with_settings(browser, accent="#0a7cff", ends_at="2020-01-01T00:00"))
    saved(await browser.post("/close"))
    path = saved(await browser.post("/copy"))
    original = await campaign_at(app, browser)
    copy = await database.read(campaigns.by_key, path.split("/")[3])
    assert copy is not None
    assert (copy.name, copy.accent, copy.timezone) == (
        "Copy of Win a bike",
        "#0a7cff",
        "Europe/Berlin",
    )
    assert copy.key != original.key
    assert copy.secret != original.secret
    # What was over does not begin over.
    assert (copy.ends_at, copy.closed_at) == (None, None)
    for each in (copy, original):
        assert len(await database.read(actions.of_campaign, each.id)) == 1
        assert len(await database.read(prizes.of_campaign, each)) == 1


@pytest.mark.parametrize(
    ("column", "stored", "said"),
    [
        ("timezone", "'Factory'", "Europe/Berlin"),
        ("allowed_origins", "'https://shop.example/path'", "origin"),
        ("css", "'h1 { color: \\3c /style> }'", "CSS"),
        ("tab_text", f"'{'x' * 41}'", "40"),
        ("starts_at", "-1000", "1971"),
    ],
)
async def test_what_an_earlier_version_let_in_is_copied_and_told_where_it_is_changed(
    app: Starlette, browser: httpx.AsyncClient, column: str, stored: str, said: str
) -> None:
    await query_write(server_of(app).database, f"UPDATE campaigns SET {column} = {stored}")
    path = saved(await browser.post("/copy"))
    copy = await server_of(app).database.read(campaigns.by_key, path.split("/")[3])
    original = await campaign_at(app, browser)
    assert copy is not None
    assert getattr(copy, column) == getattr(original, column)
    page = f"http://track.test{path}"
    answer = await browser.post(page, data=await form_at(browser, page))
    assert answer.status_code == 400
    assert said in mistakes(answer.text)[column]


async def test_hostile_text_is_shown_and_runs_nowhere(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    saved(await with_settings(sqlite_browser, name=HOSTILE, description=HOSTILE, terms=HOSTILE))
    pages = [
        await sqlite_browser.get(path)
        for path in (
            overview(sqlite_browser),
            "/settings",
            "/actions",
            "/prizes",
            "/delete",
            "/actions/new",
        )
    ]
    pages.append(await sqlite_browser.get("http://track.test/admin/campaigns"))
    pages.append(
        await sqlite_browser.post("/preview", data=await form_at(sqlite_browser, "/settings"))
    )
    for page in pages:
        assert page.status_code == 200
        assert "&lt;script&gt;alert" in page.text
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "unsafe" not in page.headers["content-security-policy"]
