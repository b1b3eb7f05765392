"""Fixtures: the browser in these tests is an owner's, who is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.calls import made


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; its base is her first campaign."""
    async with signed_in(app) as client:
        yield client


@pytest.fixture
async def sqlite_browser(sqlite_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """The same for what storage does not touch."""
    async with signed_in(sqlite_app) as client:
        yield client


@pytest.fixture
async def owner(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; its base is the campaign y2sB7."""
    async with signed_in(app, "y2sB7") as client:
        await made(api)
        yield client


@pytest.fixture
async def sqlite_owner(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> AsyncIterator[httpx.AsyncClient]:
    """The same for what storage does not touch."""
    async with signed_in(sqlite_app, "y2sB7") as client:
        await made(sqlite_api)
        yield client
