"""Fixtures: the campaign in these tests gives codes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.calls import gives_codes
from tests.backend.conftest import api_of


@pytest.fixture
async def api(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, whose server has the campaign y2sB7, which gives codes."""
    async with await api_of(app) as client:
        await gives_codes(client)
        yield client


@pytest.fixture
async def browser(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; its base is that campaign."""
    async with signed_in(app, "y2sB7") as client:
        yield client
