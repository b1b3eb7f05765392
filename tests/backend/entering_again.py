"""What tests of entering another campaign of one server do: the next campaign, and its card."""

from __future__ import annotations

import re
from typing import Any

import httpx
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, make
from tests.backend.confirmed_only import links, stored
from tests.backend.conftest import api_of

NEXT = "/n3xtC/ride-on"
SAID = "Enter as <bdi>Ann</bdi>"
ELSE = f"{NEXT}?as=new#enter"


async def make_next(app: Starlette, **fields: Any) -> None:
    """Another campaign of the same server."""
    async with await api_of(app) as owner:
        made = await owner.post("/campaigns", json={"name": "Ride on", "key": "n3xtC", **fields})
        assert made.status_code == 201, made.text


async def entered(app: Starlette, browser: httpx.AsyncClient, **campaign: Any) -> None:
    """Ann has entered one campaign in this browser, and there is a next one."""
    await make(app, **campaign)
    await make_next(app, **campaign)
    assert (await browser.post("/y2sB7/enter", data=ANN)).status_code == 303


async def confirmed(app: Starlette, browser: httpx.AsyncClient, **campaign: Any) -> None:
    """The same, and she has pressed the button in her e-mail."""
    await entered(app, browser, confirmed_only=True, **campaign)
    [link] = await links(app)
    assert (await browser.post(link)).status_code == 303


async def ask_in_next(app: Starlette, label: str, **settings: Any) -> str:
    """Ask something in its form; what that is called there."""
    async with await api_of(app) as owner:
        answer = await owner.post("/campaigns/n3xtC/fields", json={"label": label, **settings})
        assert answer.status_code == 201, answer.text
        return f"field-{answer.json()['id']}"


def hidden(page: httpx.Response, name: str) -> str | None:
    """What a page's form sends by itself under this name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    return found[1] if found else None


async def offered(browser: httpx.AsyncClient) -> str | None:
    """As whom the next campaign offers to enter: the number that its button sends."""
    page = await browser.get(NEXT)
    assert page.status_code == 200
    again = hidden(page, "again")
    assert (again is None) == ('name="email"' in page.text), "a card or a form, never both"
    return again


async def press(browser: httpx.AsyncClient) -> httpx.Response:
    """Press the card's button."""
    page = await browser.get(NEXT)
    sent = {name: hidden(page, name) for name in ("again", "browser")}
    assert sent["again"], "there is no card"
    return await browser.post("/n3xtC/enter", data=sent)


async def entrants(app: Starlette, key: str = "n3xtC") -> list[tuple[str, str, bool]]:
    """Who has entered a campaign: name, e-mail, and whether it is confirmed."""
    rows = await stored(
        app,
        "SELECT e.name, e.email, e.confirmed_at FROM entrants AS e JOIN campaigns AS c "
        f"ON c.id = e.campaign_id WHERE c.key = '{key}' ORDER BY e.id",
    )
    return [(row["name"], row["email"], row["confirmed_at"] is not None) for row in rows]
