"""Fixtures: the friends of a campaign are many, for a part has two of them."""

from __future__ import annotations

import pytest

from tests.backend.recounts.friends import crowd
from trk.core.campaign import Campaign
from trk.store import recounting
from trk.store.database import Database


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part has two friends."""
    monkeypatch.setattr(recounting, "PART", 2)


@pytest.fixture
async def campaign(database: Database) -> Campaign:
    """A campaign with many friends."""
    return await crowd(database, "y2sB7")
