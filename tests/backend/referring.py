"""What tests of referrals do: a campaign with an action that friends complete, and the friends."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette

from tests.backend.calls import data
from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.conftest import api_of, client_of
from tests.backend.stored import query
from trk.web.server import server_of

BOB, CEM, DEE = "bob@example.org", "cem@example.org", "dee@example.org"
REFER = {
    "title": "Refer a friend",
    "tracking_name": "Refer",
    "verification": "referral",
    "friends": 2,
    "worth": 3,
}


async def refer(app: Starlette, *, settings: Any = None, **fields: Any) -> int:
    """A campaign with an action that friends complete; its id."""
    await make(app, **fields)
    async with await api_of(app) as owner:
        answer = await owner.post("/campaigns/y2sB7/actions", json={**REFER, **(settings or {})})
        assert answer.status_code == 201, answer.text
        made: int = answer.json()["id"]
        return made


async def entered(browser: httpx.AsyncClient, email: str = ANN["email"]) -> str:
    """Enter, and give the path of the own link."""
    answer = await browser.post(
        "/y2sB7/enter", data={"name": email.split("@", maxsplit=1)[0], "email": email}
    )
    assert answer.status_code == 303, answer.text
    return own_link(await browser.get(PAGE))


def own_link(page: httpx.Response) -> str:
    [found] = re.findall(r'value="http[^"]*(/y2sB7/[\w-]+\?ref=\d+)"', page.text)
    assert isinstance(found, str)
    return found


@asynccontextmanager
async def friend(app: Starlette, link: str, email: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which somebody has opened the link and entered."""
    async with client_of(app) as browser:
        opened = await browser.get(link)
        assert (opened.status_code, opened.headers["location"]) == (302, PAGE)
        await entered(browser, email)
        yield browser


async def befriend(app: Starlette, link: str, *emails: str) -> None:
    for email in emails:
        async with friend(app, link, email):
            pass


async def rows(app: Starlette) -> list[tuple[str, str, bool]]:
    """Each referral that was counted: whose, which friend, and whether it is valid."""
    async with await api_of(app) as owner:
        return [
            (each["email"], each["details"], each["invalidated_at"] is None)
            for each in await data(owner, "completions")
            if each["source"] == "referral"
        ]


async def numbers(app: Starlette) -> dict[str, int]:
    found = await query(server_of(app).database, "SELECT id, email FROM entrants")
    return {row["email"]: row["id"] for row in found}


async def confirm(app: Starlette, browser: httpx.AsyncClient, email: str) -> None:
    mails = await query(server_of(app).database, "SELECT recipient, body FROM mails")
    [body] = [mail["body"] for mail in mails if mail["recipient"] == email]
    [path] = re.findall(r"https?://[^/\s]+(/\S+/confirm/\S+)", body)
    answer = await browser.post(path)
    assert answer.status_code == 303, answer.text


async def change(owner: httpx.AsyncClient, **fields: Any) -> None:
    """Change the settings of the campaign."""
    answer = await owner.patch("/campaigns/y2sB7", json=fields)
    assert answer.status_code == 200, answer.text


async def entrant(app: Starlette, email: str) -> str:
    """What the completion of this friend says of who it was."""
    return f"entrant {(await numbers(app))[email]}"


async def let(app: Starlette, owner: httpx.AsyncClient, how: str, email: str) -> None:
    """Block an entrant, or unblock them."""
    who = (await numbers(app))[email]
    answer = await owner.post(f"/campaigns/y2sB7/entrants/{who}/{how}", json={"reason": "So."})
    assert answer.status_code == 200, answer.text


async def change_action(owner: httpx.AsyncClient, number: int, **settings: Any) -> None:
    answer = await owner.patch(f"/campaigns/y2sB7/actions/{number}", json=settings)
    assert answer.status_code == 200, answer.text


async def valid(app: Starlette) -> list[bool]:
    """Which of the referrals that were counted are valid."""
    return [valid for *_, valid in await rows(app)]
