"""What a supervisor asks: is the process alive, and can it take beacons."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette

from backend.store.errors import DatabaseError
from tests.backend.conftest import client_of


async def test_a_server_that_runs_is_alive_and_ready(app: Starlette) -> None:
    async with client_of(app) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
    assert (alive.status_code, alive.text) == (200, "ok\n")
    assert (ready.status_code, ready.text) == (200, "ready\n")


async def test_a_database_that_is_gone_makes_it_alive_but_not_ready(app: Starlette) -> None:
    async def broken(program: object) -> None:
        raise DatabaseError("the disk is gone")

    app.state.database.read = broken
    async with client_of(app) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
    assert alive.status_code == 200
    assert (ready.status_code, ready.json()["error"]["code"]) == (503, "storage")
    assert "retry-after" in ready.headers


async def test_a_writer_that_has_stopped_makes_it_neither(sqlite_app: Starlette) -> None:
    working = sqlite_app.state.writer_task
    sqlite_app.state.writer_task = asyncio.create_task(asyncio.sleep(0))
    await sqlite_app.state.writer_task
    async with client_of(sqlite_app) as client:
        assert (await client.get("/healthz")).status_code == 503
        assert (await client.get("/readyz")).status_code == 503
    sqlite_app.state.writer_task = working
