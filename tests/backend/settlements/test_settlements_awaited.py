"""Nothing is made of what visitors have done while it is being settled: draws, lists and exports
wait, or say so."""

from __future__ import annotations

import csv
import io

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import prize
from tests.backend.drawing import drawn_in_a_hurry, end_now
from tests.backend.settlements.visits import begun, enters, much_waits, settled
from tests.backend.stored import query
from trk.core.campaign import Campaign
from trk.services.fixed_lists import fix_list
from trk.services.jobs.list_fixer import ListFixer
from trk.store import campaigns, waiting
from trk.store.database import Database
from trk.store.errors import StillCounting
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ONE = "/campaigns/y2sB7"
WORTH = 8
"""What all that waited is worth, with what somebody else has done."""


@pytest.fixture
def database(app: Starlette) -> Database:
    return server_of(app).database


@pytest.fixture
async def campaign(app: Starlette, database: Database, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A campaign in which much of what a visitor has done is still to be settled."""
    campaign = await much_waits(database, server_of(app).writer, "y2sB7")
    monkeypatch.setattr(waiting, "PART", 1)
    await enters(database, campaign)
    assert await begun(database, campaign)
    return campaign


async def test_an_export_has_all_that_was_to_be_settled(
    api: httpx.AsyncClient, campaign: Campaign
) -> None:
    rows = csv.DictReader(io.StringIO((await api.get(f"{ONE}/completions.csv")).text))
    assert sum(int(row["worth"]) for row in rows) == WORTH


async def test_a_draw_waits_until_all_is_settled(
    app: Starlette, api: httpx.AsyncClient, campaign: Campaign
) -> None:
    await prize(api, "A bike", 1)
    await end_now(app)
    drawn = await api.post(f"{ONE}/draw")
    assert drawn.status_code == 201, drawn.text
    assert drawn.json()["entries"] == WORTH


async def test_a_draw_that_would_wait_too_long_says_so_and_draws_nothing(
    app: Starlette,
    api: httpx.AsyncClient,
    database: Database,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await prize(api, "A bike", 1)
    await end_now(app)
    said = await drawn_in_a_hurry(api, database, monkeypatch)
    assert said == (
        "What visitors have done is still being counted in campaign y2sB7, so nothing was drawn; "
        "try again in a moment."
    )
    await settled(database)
    assert (await api.post(f"{ONE}/draw")).json()["entries"] == WORTH


@pytest.mark.parametrize("large", [False, True])
async def test_a_list_is_fixed_once_all_is_settled(
    app: Starlette,
    api: httpx.AsyncClient,
    database: Database,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
    *,
    large: bool,
) -> None:
    if large:
        monkeypatch.setattr(campaigns, "LARGE", 0)
    await prize(api, "A bike", 1)
    await end_now(app)
    await ListFixer(database).work()
    assert await query(database, "SELECT id FROM fixed_lists") == []
    with pytest.raises(StillCounting, match="still being counted in campaign y2sB7"):
        await fix_list(database, campaign)
    await settled(database)
    await ListFixer(database).work()
    assert [row["n"] for row in await query(database, _ENTRIES)] == [WORTH]


_ENTRIES = "SELECT SUM(entries) AS n FROM fixed_entries"
