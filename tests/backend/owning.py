"""What tests of the owner's pages do, and what they look at."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
from starlette.applications import Starlette

from backend.inviting import setup_link
from tests.backend.conftest import client_of

ANN = {"owner_name": "Ann", "email": "ann@example.org", "password": "correct horse battery"}
FIRST = {"name": "Win a bike", "template": "competition", "timezone": "Europe/Berlin"}
SIGN_IN = {"sign_in_email": ANN["email"], "sign_in_password": ANN["password"]}


def browser_of(app: Starlette) -> httpx.AsyncClient:
    """A browser, as far as our pages can tell."""
    return client_of(app, accept="text/html", sec_fetch_site="same-origin")


async def token_of(app: Starlette) -> str:
    """The token of a fresh link to set the server up."""
    link = await setup_link(app.state.database, app.state.settings)
    assert link is not None
    return link.split("token=")[1]


async def set_up(app: Starlette, browser: httpx.AsyncClient, **fields: str) -> str:
    """Set the server up as Ann; the address of the first campaign for its owner."""
    form = {**ANN, **FIRST, "token": await token_of(app), **fields}
    answer = await browser.post("/admin/setup", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


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
        found[name] = re.findall(r'value="([^"]*)" selected', options)[0]
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
