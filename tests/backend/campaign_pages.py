"""What tests of the campaign's page do: a campaign, and who takes part in it."""

from __future__ import annotations

from itertools import count
from typing import Any

import httpx
from starlette.applications import Starlette

from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.stored import query
from trk.web.server import server_of

ANN = {"name": "Ann", "email": "ann@example.org"}
BOB = {"name": "Bob", "email": "bob@example.org"}
PAGE = "/y2sB7/win-a-bike"
VISITOR = "a" * 32
_tickets = count(1)


def new_ticket() -> str:
    """A ticket that no other click has."""
    return f"{next(_tickets):032x}"


async def bring(
    app: Starlette, ticket: str, visitor: str = VISITOR, key: str = "y2sB7"
) -> httpx.Response:
    """The beacon of a click on the site, with its ticket."""
    async with client_of(app) as shop:
        body = beacon(visitor=visitor, ticket=ticket)
        return await shop.post(f"/{key}/beacon", json=body)


async def bring_late(app: Starlette, browser: httpx.AsyncClient) -> None:
    """Open the page by a click whose beacon comes only then."""
    ticket = new_ticket()
    await browser.get(f"{PAGE}?visitor={ticket}")
    await bring(app, ticket)


async def arrive(
    app: Starlette, browser: httpx.AsyncClient, visitor: str = VISITOR
) -> httpx.Response:
    """Click on the site on a link to the campaign: the answer to the page's first request, from
    which the browser goes on to the page."""
    ticket = new_ticket()
    assert (await bring(app, ticket, visitor)).status_code == 200
    return await follow(browser, ticket)


async def follow(browser: httpx.AsyncClient, ticket: str) -> httpx.Response:
    """Open the address of a click: its answer, from which the browser goes on to the page."""
    answer = await browser.get(f"{PAGE}?visitor={ticket}")
    await browser.get(answer.headers["location"])
    return answer


async def make(app: Starlette, **fields: Any) -> int:
    """A campaign with the action VIP; the action's id."""
    async with await api_of(app) as owner:
        await owner.post("/campaigns", json={"name": "Win a bike", "key": "y2sB7", **fields})
        url = "https://shop.test/vip?a=1&xref=old&b=#part"
        action = {"title": "Be VIP", "tracking_name": "VIP", "url": url, "worth": 5}
        made: int = (await owner.post("/campaigns/y2sB7/actions", json=action)).json()["id"]
        return made


async def linked(app: Starlette) -> list[tuple[str, str]]:
    """Each linked visitor, with the entrant's name, in the order of the visitors' ids."""
    rows = await query(
        server_of(app).database,
        "SELECT l.visitor, e.name FROM links AS l JOIN entrants AS e ON e.id = l.entrant_id "
        "ORDER BY l.visitor",
    )
    return [(row["visitor"], row["name"]) for row in rows]
