"""Fixtures: the owner's browser in these tests is at the webhooks of a campaign."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import browser_of, set_up
from tests.backend.admin.webhooks.pages import HERE
from tests.backend.calls import made
from tests.backend.conftest import PUBLIC_URL, api_of, running
from trk.settings import Settings


@pytest.fixture
async def inside(database_url: str) -> AsyncIterator[Starlette]:
    """The application, allowed to send to this machine; the test runs on both databases."""
    settings = Settings(database=database_url, public_url=PUBLIC_URL, webhooks_private=True)
    async with running(settings) as app, await api_of(app) as api:
        await made(api)
        yield app


@pytest.fixture
async def browser(inside: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in; its base are the webhooks of the campaign y2sB7."""
    async with browser_of(inside) as client:
        await set_up(inside, client)
        client.base_url = httpx.URL(f"{PUBLIC_URL}{HERE}")
        yield client
