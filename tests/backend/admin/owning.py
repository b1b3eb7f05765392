"""What tests of the owner's pages do, and what they look at."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx
from starlette.applications import Starlette

from tests.backend.conftest import PUBLIC_URL, client_of
from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.accounts import make_setup_link
from trk.store import campaigns
from trk.web.server import server_of

ANN = {"owner_name": "Ann", "email": "ann@example.org", "password": "correct horse battery"}
FIRST = {"name": "Win a bike", "template": "competition", "timezone": "Europe/Berlin"}
SIGN_IN = {"sign_in_email": ANN["email"], "sign_in_password": ANN["password"]}
SETTINGS: dict[str, str] = {
    "name": "Win a boat",
    "kind": "reward",
    "description": "**Row** it\n\nand more",
    "timezone": "Europe/Berlin",
    "languages": "de",
    "languages_fr": "on",
    "starts_at": "2026-03-28",
    "starts_at_time": "18:30",
    "ends_at": "2026-10-25",
    "ends_at_time": "03:30",
    "accent": "#8A1C7C",
    "background": "#FFF4E0",
    "scheme": "light",
    "corners": "square",
    "font": "serif",
    "css": "h1 { color: teal }",
    "terms": "Be nice.",
    "allowed_origins": "https://Shop.example/\nhttp://localhost:8001",
    "ask_consent": "on",
    "honour_gpc": "on",
    "confirmed_only": "on",
    "reward_kind": "shared",
    "reward_value": "SAVE10",
    "reward_note": "At the checkout.",
    "reward_after": "3",
    "tab_text": "Win a boat",
    "tab_position": "bottom_left",
}
"""Every field of a campaign's settings but `show_entries`, as it is typed."""
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def browser_of(app: Starlette) -> httpx.AsyncClient:
    """A browser, as far as our pages can tell."""
    return client_of(app, accept="text/html", sec_fetch_site="same-origin")


async def token_of(app: Starlette) -> str:
    """Token for a fresh link to set the server up."""
    link = await make_setup_link(server_of(app).database, server_of(app).settings)
    assert link is not None
    return link.split("token=")[1]


async def set_up(app: Starlette, browser: httpx.AsyncClient, **fields: str) -> str:
    """Set the server up as Ann; the address of the first campaign for its owner."""
    form = {**ANN, **FIRST, "token": await token_of(app), **fields}
    answer = await browser.post("/admin/setup", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


@asynccontextmanager
async def signed_in(
    app: Starlette, key: str | None = None, *, published: bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, on a server that she has just set up.

    Its base is the campaign with this key, whether it exists yet or not, or else her first, which
    is `published` at once: what its starter leaves open is no matter to most tests.
    """
    async with browser_of(app) as client:
        first = await set_up(app, client)
        if published:
            database = server_of(app).database
            [draft] = await database.read(campaigns.page, 0, 1)
            await database.write(campaigns.publish, draft, now_ms())
        path = first if key is None else f"/admin/campaigns/{key}"
        client.base_url = httpx.URL(f"{PUBLIC_URL}{path}")
        yield client


def key_of(browser: httpx.AsyncClient) -> str:
    """The key of the campaign that is a browser's base."""
    return browser.base_url.path.strip("/").rsplit("/", 1)[1]


async def campaign_at(app: Starlette, browser: httpx.AsyncClient) -> Campaign:
    """The campaign that is a browser's base, as it is stored."""
    found: Campaign | None = await server_of(app).database.read(campaigns.by_key, key_of(browser))
    assert found is not None
    return found


def values(page: str) -> dict[str, str]:
    """What the fields of a page's forms hold, by name; a box that is not ticked is absent."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        ticks = attributes.get("type") in ("checkbox", "radio")
        if "name" in attributes and (not ticks or " checked" in tag):
            found[attributes["name"]] = unescape(attributes.get("value", "on" if ticks else ""))
    for tag, text in re.findall(r"<textarea([^>]*)>\n?(.*?)</textarea>", page, re.DOTALL):
        found[re.findall(r'name="([^"]*)"', tag)[0]] = unescape(text)
    for name, options in re.findall(
        r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.findall(r'value="([^"]*)" selected', options)
        found[name] = unescape(chosen[0]) if chosen else ""
    return found


def mistakes(page: str) -> dict[str, str]:
    """The sentence beside each field with a mistake, by the field's id."""
    return {
        field: unescape(said)
        for field, said in re.findall(r'<p class="mistake" id="([\w-]+)-mistake">(.*?)</p>', page)
    }


async def form_at(browser: httpx.AsyncClient, path: str) -> dict[str, str]:
    """The form of a page, filled in as it comes."""
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return values(answer.text)


def saved(answer: httpx.Response) -> str:
    """Where a form that was accepted leads."""
    assert answer.status_code == 303, (answer.status_code, mistakes(answer.text))
    location: Any = answer.headers["location"]
    return str(location)


async def with_settings(browser: httpx.AsyncClient, **fields: str) -> httpx.Response:
    """Send the settings' form with these fields changed."""
    return await browser.post("/settings", data={**await form_at(browser, "/settings"), **fields})
