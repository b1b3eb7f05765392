"""What tests of the campaign's page do: a campaign, and who takes part in it."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette

from tests.backend.conftest import api_of

ANN = {"name": "Ann", "email": "ann@example.org"}
PAGE = "/y2sB7/win-a-bike"
VISITOR = "a" * 32


async def make(app: Starlette, **fields: Any) -> int:
    """A campaign with the action VIP; the action's id."""
    async with await api_of(app) as owner:
        await owner.post("/campaigns", json={"name": "Win a bike", "key": "y2sB7", **fields})
        url = "https://shop.test/vip?a=1&xref=old&b=#part"
        action = {"title": "Be VIP", "tracking_name": "VIP", "url": url, "worth": 5}
        made: int = (await owner.post("/campaigns/y2sB7/actions", json=action)).json()["id"]
        return made
