"""A campaign's page, as it polls."""

from __future__ import annotations

import time
from typing import Any

import httpx
from starlette.applications import Starlette

from tests.backend.campaign_pages import VISITOR
from tests.backend.conftest import beacon, client_of

STATUS = "/y2sB7/status"


class Page:
    """A campaign's page, as it polls."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self._browser = browser
        self._etag = ""

    async def poll(self) -> httpx.Response:
        """Ask once."""
        known = {"if-none-match": self._etag} if self._etag else {}
        answer = await self._browser.get(STATUS, headers=known)
        self._etag = answer.headers["etag"]
        return answer

    async def same(self) -> None:
        """Nothing has changed, also when that is known already."""
        for _ in range(2):
            assert (await self.poll()).status_code == 304

    async def changed(self) -> Any:
        """What there is to show now, which is another thing than a moment ago."""
        answer = await self.poll()
        assert answer.status_code == 200
        return answer.json()["status"]

    async def changed_soon(self) -> Any:
        """The same within a second, asking all the time."""
        until, asked = time.monotonic() + 1, 0.0
        while asked < until:
            asked = time.monotonic()
            if (answer := await self.poll()).status_code == 200:
                return answer.json()["status"]
        raise AssertionError("who asked after a second was told that nothing has changed")


async def unlock(app: Starlette) -> None:
    async with client_of(app) as shop:
        answer = await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=VISITOR))
        assert answer.json()["unlocked"] == ["VIP"]
