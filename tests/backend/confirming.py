"""What tests of the links in mails do: ask, open, come back, in customers' pages and on our own."""

from __future__ import annotations

import re

import httpx
from starlette.applications import Starlette

from tests.backend.stored import query
from trk.web.server import server_of

SHOP = "https://shop.example"
FRAMED = {"origin": SHOP, "page": f"{SHOP}/bikes?size=m"}
EVE = {"name": "Eve", "email": "eve@example.org"}
OTHER = "b" * 32


def secret(letter: str) -> str:
    """A secret that a customer's page keeps for its browser."""
    return letter * 32


async def link_to(app: Starlette, n: int = -1) -> str:
    """The path of the link in the last mail that asks who it was."""
    mails = await query(server_of(app).database, "SELECT body FROM mails ORDER BY id")
    found = re.search(r"/y2sB7/confirm/[\w-]+", mails[n]["body"])
    assert found is not None
    return found[0]


async def links(app: Starlette) -> list[tuple[str, str]]:
    """Each linked visitor, with the entrant's name."""
    rows = await query(
        server_of(app).database,
        "SELECT l.visitor, e.name FROM links AS l JOIN entrants AS e ON e.id = l.entrant_id "
        "ORDER BY l.visitor",
    )
    return [(row["visitor"], row["name"]) for row in rows]


def known(page: httpx.Response) -> str | None:
    """As whom a page knows its browser."""
    found = re.search(r"You’re in, <bdi>(\w+)", page.text)
    return found[1] if found else None


async def framed(
    browser: httpx.AsyncClient, path: str = "frame", /, **fields: str
) -> tuple[httpx.Response, str]:
    """Send a form of the framed page: the page after it, and its session's token."""
    page = await browser.post(f"/y2sB7/{path}", data={**FRAMED, **fields})
    found = re.search(r'data-session="([\w-]*)"', page.text)
    assert found is not None
    return page, found[1]


async def back_from(app: Starlette, browser: httpx.AsyncClient) -> str:
    """Use the last mailed link in a browser; the token with which it leads back to the shop."""
    answer = await browser.post(await link_to(app))
    found = re.search(r'bikes\?size=m&amp;gleam_confirmed=y2sB7.([\w-]+)"', answer.text)
    assert found is not None
    assert "set-cookie" not in answer.headers
    return found[1]


async def actions_of(app: Starlette) -> list[int]:
    """The campaign's actions, by id."""
    rows = await query(server_of(app).database, "SELECT id FROM actions ORDER BY id")
    return [row["id"] for row in rows]
