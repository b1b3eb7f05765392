"""Entrants who come from one network or another."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette

from tests.backend.conftest import client_of

HERE, ELSEWHERE = "8.8.8.8", "9.9.9.9"


async def enter(app: Starlette, local: str, address: str = HERE, **fields: str) -> httpx.Response:
    """Enter as somebody new, in a browser of their own, from this address."""
    async with client_of(app, accept="text/html", x_forwarded_for=address) as browser:
        form = {"name": "Ann", "email": f"{local}@example.org", **fields}
        return await browser.post("/y2sB7/enter", data=form)
