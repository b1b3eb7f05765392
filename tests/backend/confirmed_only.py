"""What tests where only confirmed e-mails count do: buy, and press the mailed links."""

from __future__ import annotations

import re
from typing import Any

from starlette.applications import Starlette

from tests.backend.conftest import PUBLIC_URL, beacon, client_of
from tests.backend.stored import query
from trk.web.server import server_of

CODES = {"kind": "reward", "reward_kind": "codes", "reward_note": "At the checkout."}
SAID = "Confirm your e-mail to get your code"


async def stored(app: Starlette, sql: str) -> list[dict[str, Any]]:
    """The rows that a query finds."""
    return [dict(row) for row in await query(server_of(app).database, sql)]


async def links(app: Starlette) -> list[str]:
    """The paths of the links in the mails that were written, oldest first."""
    mails = await stored(app, "SELECT body FROM mails ORDER BY id")
    return [
        found[0].removeprefix(PUBLIC_URL)
        for mail in mails
        if (found := re.findall(r"https?://\S+/confirm/\S+", mail["body"]))
    ]


async def confirm(app: Starlette, link: str) -> None:
    """Press the mailed button, in a browser of one's own."""
    async with client_of(app) as phone:
        assert (await phone.post(link)).status_code == 303


async def buy(app: Starlette, visitor: str = "a" * 32) -> None:
    """Report VIP in the shop."""
    async with client_of(app) as shop:
        answer = await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=visitor))
        assert answer.status_code == 200
