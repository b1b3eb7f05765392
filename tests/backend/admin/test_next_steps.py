"""*Next steps* on a campaign's overview, from its first minute to its end."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import campaign_at, form_at, key_of, saved, with_settings
from tests.backend.calls import competition, end, prize
from tests.backend.conftest import api_of, client_of
from trk.store import draws
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def steps(browser: httpx.AsyncClient) -> dict[str, str]:
    """The names of the steps and where they lead; each place answers and has its anchor."""
    page = (await browser.get(str(browser.base_url).rstrip("/"))).text
    [part] = re.findall(r'<ul class="todo">(.*?)</ul>', page, re.DOTALL)
    found = {
        unescape(name): path for path, name in re.findall(r'<a href="([^"]*)">(.*?)</a>', part)
    }
    for path in found.values():
        answer = await browser.get(f"http://track.test{path}")
        assert answer.status_code == 200, path
        anchor = path.partition("#")[2]
        assert not anchor or f'id="{anchor}"' in answer.text, path
    return found


async def test_a_competition_is_led_from_its_template_to_being_shared(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    assert list(await steps(browser)) == [
        "Add an address to “Visit our shop”",
        "Name the prize",
        "Install the script",
        "Set an end",
    ]
    for name in ("Add an address to “Visit our shop”", "Name the prize"):
        path = f"http://track.test{(await steps(browser))[name]}"
        typed = {"url": "https://shop.example/"} if "address" in name else {"title": "A bike"}
        saved(await browser.post(path, data={**await form_at(browser, path), **typed}))
    saved(await with_settings(browser, ends_at="2490-01-01T18:00"))
    assert list(await steps(browser)) == ["Install the script"]
    page = (await browser.get("/install")).text
    [test] = re.findall(r'action="([^"]*/install/test/\d+)"', page)
    saved(await browser.post(f"http://track.test{test}"))
    # The owner's own test shows nothing of the pages.
    assert list(await steps(browser)) == ["Install the script"]
    beacon = {
        "id": "0193e5b4-6f3a-7c1e-9d2a-0123456789ab",
        "visitor": "a" * 32,
        "pairs": [["Visit", "test"]],
    }
    async with client_of(app, origin="https://shop.example") as visitor:
        answer = await visitor.post(f"/{key_of(browser)}/beacon", json=beacon)
        assert answer.status_code == 200
    assert list(await steps(browser)) == ["Invite people to the campaign’s page"]


async def test_a_competition_that_is_over_is_led_to_its_draw_and_then_to_nothing(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with await api_of(app) as api:
        await competition(app, api, 2)
        browser.base_url = httpx.URL("http://track.test/admin/campaigns/y2sB7")
        await prize(api, "A bike", 1)
        await end(app)
        assert list(await steps(browser)) == ["Draw the winners"]
        campaign = await campaign_at(app, browser)
        await server_of(app).database.write(draws.freeze, campaign, "seed", 1)
        assert list(await steps(browser)) == ["Finish the draw"]
        saved(await browser.post("/draw", data={"sure": "on", "seed": ""}))
        assert list(await steps(browser)) == ["Check the winners and announce them"]
        saved(await browser.post("/draw/announce", data={"announce": "on", "seen": "1"}))
        assert list(await steps(browser)) == ["See the winners"]
