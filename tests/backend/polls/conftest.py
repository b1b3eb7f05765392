"""Fixtures: a page that polls, and another process of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, arrive, make
from tests.backend.conftest import PUBLIC_URL, running
from tests.backend.polls.polling import Page
from trk.settings import Settings


@pytest.fixture
async def beside(app: Starlette, database_url: str) -> AsyncIterator[Starlette]:
    """Another process of the server, or another server, on the same database."""
    async with running(Settings(database=database_url, public_url=PUBLIC_URL)) as started:
        yield started


@pytest.fixture
async def page(app: Starlette, browser: httpx.AsyncClient) -> Page:
    """The page of Ann, who has entered and has polled."""
    await make(app, timezone="Europe/Berlin")
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    opened = Page(browser)
    await opened.poll()
    await opened.same()
    return opened
