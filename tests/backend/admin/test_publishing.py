"""New campaigns are drafts on the owner's pages: what is missing is said, and publishing asks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    browser_of,
    campaign_at,
    form_at,
    key_of,
    saved,
    signed_in,
    values,
    with_settings,
)
from tests.backend.conftest import client_of
from tests.backend.stored import query
from trk.web.admin.campaigns import STATES
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser; its base is her first campaign, a draft."""
    async with signed_in(app, published=False) as client:
        yield client


def overview(browser: httpx.AsyncClient) -> str:
    return str(browser.base_url).rstrip("/")


def listed(page: str) -> list[str]:
    """The names in a page's lists of what is to be done."""
    return [
        unescape(name)
        for part in re.findall(r'<ul class="todo">(.*?)</ul>', page, re.DOTALL)
        for name in re.findall(r'<a href="[^"]*">(.*?)</a>', part)
    ]


async def complete(browser: httpx.AsyncClient) -> None:
    """Give the campaign what it needs and what is usual, but for a mail server."""
    page = (await browser.get(overview(browser))).text
    links = dict(re.findall(r'<li><a href="([^"]*)">(.*?)</a>', page))
    for path, name in links.items():
        url = f"http://track.test{path}"
        if name.startswith("Add an address"):
            saved(
                await browser.post(
                    url, data={**await form_at(browser, url), "url": "https://a.example/"}
                )
            )
        elif name == "Name the prize":
            saved(await browser.post(url, data={**await form_at(browser, url), "title": "A bike"}))
    saved(
        await with_settings(
            browser,
            ends_at="2490-01-01T18:00",
            terms="Be nice.",
            allowed_origins="https://shop.example",
        )
    )


async def test_a_first_a_new_and_a_copied_campaign_are_drafts(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    new = {"name": "Another", "template": "blank", "timezone": "UTC"}
    made = saved(await browser.post("http://track.test/admin/campaigns/new", data=new))
    copied = saved(await browser.post("/copy"))
    keys = [key_of(browser), made.split("/")[3], copied.split("/")[3]]
    async with client_of(app, accept="text/html") as stranger:
        for key in keys:
            assert (await stranger.get(f"/{key}/status")).status_code == 404
    page = (await browser.get("http://track.test/admin/campaigns")).text
    assert page.count(f'<span class="state draft">{STATES["draft"]}</span>') == 3


async def test_what_is_missing_blocks_or_is_asked_about_once(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await browser.get(overview(browser))
    steps = [
        "Name the prize",
        "Add an address to “Visit our shop”",
        "Set an end",
        "Write the terms",
        "Set up a mail server",
        "Name the sites that may show it",
        "Publish the campaign",
    ]
    assert listed(page.text) == steps
    shown = await browser.get("/publish")
    assert listed(shown.text) == steps[:-1]
    assert ">Publish" not in shown.text.split("<h1>")[1].split("</h1>")[1]
    # Whoever sends the form all the same is told.
    accepted = {"accepted": "\n".join(steps)}
    refused = await browser.post("/publish", data=accepted)
    assert refused.status_code == 409
    assert listed(refused.text) == ["Name the prize"]
    assert (await campaign_at(app, browser)).draft
    url = dict(re.findall(r'<li><a href="([^"]*)">(.*?)</a>', page.text))
    prize = next(
        f"http://track.test{path}" for path, name in url.items() if name == "Name the prize"
    )
    saved(await browser.post(prize, data={**await form_at(browser, prize), "title": "A bike"}))
    asked = await browser.get("/publish")
    assert listed(asked.text) == steps[1:-1]
    assert "Publish anyway" in asked.text
    # Something else is missing by the time the button is pressed: that is asked about, too.
    form = values(asked.text)
    new = {**await form_at(browser, "/actions/new"), "title": "Buy", "tracking_name": "Buy"}
    saved(await browser.post("/actions/new", data=new))
    again = await browser.post("/publish", data=form)
    assert again.status_code == 409
    assert listed(again.text) == ["Add addresses to 2 actions"]
    assert (await campaign_at(app, browser)).draft
    form["accepted"] += f"\n{values(again.text)['accepted']}"
    assert saved(await browser.post("/publish", data=form)).endswith("?published")
    assert not (await campaign_at(app, browser)).draft


async def test_publishing_a_complete_campaign_makes_it_public_at_once_and_is_noted(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await complete(browser)
    key, beacon = (
        key_of(browser),
        {
            "id": "0193e5b4-6f3a-7c1e-9d2a-0123456789ab",
            "visitor": "a" * 32,
            "pairs": [["Visit", "1"]],
        },
    )
    async with client_of(app, accept="text/html") as visitor:
        assert (await visitor.post(f"/{key}/beacon", json=beacon)).status_code == 403
        shown = (await browser.get("/publish")).text
        assert listed(shown) == ["Set up a mail server"]
        where = saved(await browser.post("/publish", data=values(shown)))
        assert "Published." in (await browser.get(f"http://track.test{where}")).text
        assert (await visitor.post(f"/{key}/beacon", json=beacon)).status_code == 200
        assert (await visitor.get(f"/{key}/win-a-bike")).status_code == 200
    # The page has nothing to ask any more; a second press publishes nothing again.
    assert saved(await browser.get("/publish")) == f"/admin/campaigns/{key}"
    saved(await browser.post("/publish", data={}))
    noted = await query(server_of(app).database, "SELECT deed FROM audit WHERE deed = 'published'")
    assert len(noted) == 1


async def test_the_owner_sees_and_shares_the_preview_and_renews_it(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    key = key_of(browser)
    page = (await browser.get(overview(browser))).text
    [link] = re.findall(r'<code id="address">http://track.test([^<]*)</code>', page)
    async with client_of(app, accept="text/html") as friend:
        await friend.get(link)
        assert (await friend.get(f"/{key}/win-a-bike")).status_code == 200
        saved(await browser.post("/renew-preview"))
        assert (await friend.get(f"/{key}/win-a-bike")).status_code == 404
    assert saved(await browser.get("/page")) == f"/{key}/win-a-bike"
    assert "This is a preview" in (await browser.get(f"http://track.test/{key}/win-a-bike")).text
    assert saved(await browser.get("/page?draw")) == f"/{key}/draw"
    assert (await browser.get(f"http://track.test/{key}/draw")).status_code == 200
    noted = await query(server_of(app).database, "SELECT thing FROM audit WHERE thing = 'preview'")
    assert len(noted) == 1
    async with browser_of(app) as stranger:
        for path in ("page", "publish"):
            answer = await stranger.get(f"/admin/campaigns/{key}/{path}")
            assert answer.headers["location"].startswith("/admin/sign-in")


async def test_the_owners_own_test_unlock_works_in_a_draft(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get("/install")).text
    [test] = re.findall(r'action="([^"]*/install/test/\d+)"', page)
    saved(await browser.post(f"http://track.test{test}"))
    [row] = await query(server_of(app).database, "SELECT value, outcome FROM trackings")
    assert dict(row) == {"value": "test", "outcome": "waiting"}
    assert "value <bdi" in (await browser.get("/install")).text


async def test_the_settings_preview_of_a_draft_shows_the_page_as_it_will_be(
    browser: httpx.AsyncClient,
) -> None:
    form = {**await form_at(browser, "/settings"), "ends_at": "2490-01-01T18:00"}
    page = (await browser.post("/preview", data=form)).text
    assert "Ends in" in page
    assert "This is a preview" not in page


async def test_closing_asks_and_can_be_undone(app: Starlette, browser: httpx.AsyncClient) -> None:
    # A draft is not closed.
    assert saved(await browser.get("/close")).endswith(key_of(browser))
    saved(await browser.post("/close"))
    assert (await campaign_at(app, browser)).closed_at is None
    await complete(browser)
    saved(await browser.post("/publish", data=values((await browser.get("/publish")).text)))
    question = (await browser.get("/close")).text
    assert "Close “Win a bike” now?" in question
    assert (await campaign_at(app, browser)).closed_at is None
    done = (await browser.get(f"http://track.test{saved(await browser.post('/close'))}")).text
    assert "The campaign is closed." in done
    [undo] = re.findall(r'action="([^"]*/reopen)"><button class="secondary">Undo', done)
    again = saved(await browser.post(f"http://track.test{undo}"))
    assert (await campaign_at(app, browser)).closed_at is None
    assert "open again" in (await browser.get(f"http://track.test{again}")).text
