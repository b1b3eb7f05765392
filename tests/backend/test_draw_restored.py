"""Draws outlive their server: a restored backup draws the same, and an upgrade gives secrets."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from tests.backend.calls import competition, prize
from tests.backend.conftest import PUBLIC_URL, api_of, running
from tests.backend.drawing import drawn, end_at, end_now
from tests.backend.migrating import down, on, up
from trk.clock import now_ms
from trk.services.jobs.list_fixer import ListFixer
from trk.settings import Settings
from trk.store.backup import back_up
from trk.web.server import server_of


async def draw_on(url: str, *, end: bool = False) -> Any:
    """The winners and the seed that a server on this database draws."""
    async with (
        running(Settings(database=url, public_url=PUBLIC_URL)) as app,
        await api_of(app) as api,
    ):
        if end:
            await end_now(app)
        result = await drawn(api)
    return result["seed"], [win["entrant_id"] for win in result["wins"]]


@pytest.mark.parametrize("ended", [False, True])
async def test_a_restored_backup_draws_the_same(
    sqlite_url: str, tmp_path: Path, ended: bool
) -> None:
    copy = tmp_path / "copy.db"
    async with (
        running(Settings(database=sqlite_url, public_url=PUBLIC_URL)) as app,
        await api_of(app) as api,
    ):
        await competition(app, api, 8)
        await prize(api, "Bike", 4)
        if ended:
            await end_at(app, now_ms())
            await ListFixer(server_of(app).database).work()
        source = Path(sqlite_url.removeprefix("sqlite:///"))
        await asyncio.to_thread(back_up, source, copy, lambda *_: None)
    first = await draw_on(sqlite_url, end=not ended)
    assert await draw_on(f"sqlite:///{copy}", end=not ended) == first
    assert len(first[1]) == 4


CAMPAIGN = (
    "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
    "VALUES ({n}, 'camp{n}', 'Win', 'win', 'competition', 'UTC', 's', 5)"
)
DRAWN = (
    "INSERT INTO draws (id, campaign_id, seed, made_at, digest, entrants, entries, concluded_at) "
    "VALUES (1, 1, 'old', 7, 'd', 1, 1, 8)"
)


def test_campaigns_that_exist_get_a_secret_each_and_the_day_on_which_they_got_it(
    database_url: str,
) -> None:
    before = int(time.time() * 1000)

    def upgrade(connection: Connection) -> list[Any]:
        down(connection, "0027-1")
        for statement in (CAMPAIGN.format(n=1), CAMPAIGN.format(n=2), DRAWN):
            connection.execute(text(statement))
        up(connection)
        assert connection.execute(text("SELECT seed FROM draws")).scalar_one() == "old"
        assert connection.execute(text("SELECT COUNT(*) FROM draw_proofs")).scalar_one() == 0
        plans = connection.execute(text("SELECT * FROM draw_plans ORDER BY campaign_id"))
        return list(plans.mappings())

    first, second = on(database_url, upgrade)
    assert first["secret"] != second["secret"]
    assert all(len(each["secret"]) == 64 for each in (first, second))
    assert {each["kind"] for each in (first, second)} == {"committed"}
    assert before <= first["committed_at"] == first["settled_at"] <= int(time.time() * 1000)
