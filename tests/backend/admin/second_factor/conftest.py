"""Fixtures: the owner's browser, and a clock that stands still for codes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import browser_of, set_up
from tests.backend.admin.second_factor.phone import NOW
from trk.services import second_factor


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases."""
    async with browser_of(app) as client:
        await set_up(app, client)
        yield client


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock by which codes are judged stands still."""
    monkeypatch.setattr(second_factor, "now_ms", lambda: NOW)
