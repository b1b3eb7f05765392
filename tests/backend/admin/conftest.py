"""Fixtures: the browser in these tests is an owner's, who is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in


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
