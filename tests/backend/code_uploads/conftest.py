"""Fixtures: a campaign that gives codes; lists of them are added in parts of two."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import gives_codes
from tests.backend.stored import campaign_in
from trk.core.campaign import Campaign
from trk.store import unfinished_uploads as uploads
from trk.store.database import Database
from trk.web.server import server_of


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part has two codes."""
    monkeypatch.setattr(uploads, "PART", 2)


@pytest.fixture
def database(app: Starlette) -> Database:
    return server_of(app).database


@pytest.fixture
async def campaign(app: Starlette, api: httpx.AsyncClient) -> Campaign:
    """A campaign that gives codes, and has none."""
    await gives_codes(api)
    return await campaign_in(server_of(app).database)
