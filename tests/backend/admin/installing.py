"""What tests of the page to install do: push as a shop does, and read what has arrived."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.applications import Starlette

from tests.backend.calls import action
from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.stored import campaign_in
from trk.store import trackings
from trk.store.pages import Span
from trk.store.trackings import Tracking
from trk.web.server import server_of

PAGE = "/install"
SEEN = "/install/seen"


async def add(app: Starlette, name: str = "VIP", **fields: Any) -> int:
    """An action of the campaign y2sB7; its id."""
    async with await api_of(app) as api:
        return await action(api, name, **fields)


async def push(app: Starlette, *pairs: list[str | None], **fields: Any) -> None:
    """Report pairs as a page of the shop does."""
    async with client_of(app) as shop:
        answer = await shop.post("/y2sB7/beacon", json=beacon(*pairs, **fields))
        assert answer.status_code in (200, 403), answer.text


async def seen(owner: httpx.AsyncClient) -> list[dict[str, Any]]:
    """What the live check shows, newest first."""
    answer = await owner.get(SEEN)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    found: list[dict[str, Any]] = answer.json()["seen"]
    return found


async def log_of(app: Starlette) -> list[Tracking]:
    """The trackings of the campaign, as they are stored."""
    campaign = await campaign_in(server_of(app).database)
    rows: list[Tracking] = (
        await server_of(app).database.read(trackings.listed, campaign, Span())
    ).rows
    return rows
