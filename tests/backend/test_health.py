"""What a supervisor asks: is the process alive, and can it take beacons."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.conftest import PUBLIC_URL, client_of, running
from tests.backend.connections import held_writes
from trk.settings import Settings
from trk.store.errors import DatabaseError, Unavailable
from trk.store.instance import NEW
from trk.store.program import select
from trk.web.server import server_of


async def test_a_server_that_runs_is_alive_and_ready(app: Starlette) -> None:
    async with client_of(app) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
    assert (alive.status_code, alive.text) == (200, "ok\n")
    assert (ready.status_code, ready.text) == (200, f"ready; {NEW}\n")


async def test_a_database_that_is_gone_makes_it_alive_but_not_ready(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise DatabaseError("the disk is gone")

    monkeypatch.setattr(server_of(app).database, "write_soon", broken)
    async with client_of(app) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
    assert alive.status_code == 200
    assert (ready.status_code, ready.json()["error"]["code"]) == (503, "storage")
    assert "retry-after" in ready.headers


async def test_a_database_that_is_held_makes_it_not_ready_within_two_seconds_and_then_ready_again(
    app: Starlette, database_url: str
) -> None:
    async with client_of(app) as client:
        assert (await client.get("/readyz")).status_code == 200
        async with held_writes(database_url, "instance"):
            # What was stored a moment ago is proof enough.
            assert (await client.get("/readyz")).status_code == 200
            server_of(app).proved_at = float("-inf")
            started = time.monotonic()
            ready = await client.get("/readyz")
            assert (ready.status_code, time.monotonic() - started < 4) == (503, True)
            assert (await client.get("/healthz")).status_code == 200
        async with asyncio.timeout(20):
            while (await client.get("/readyz")).status_code != 200:
                pass


async def test_a_database_that_can_only_be_read_makes_it_not_ready(postgres_url: str) -> None:
    settings = Settings(database=postgres_url, public_url=PUBLIC_URL)
    async with running(settings) as app, client_of(app) as client:
        name = urlsplit(postgres_url).path[1:]
        owner = await asyncpg.connect(postgres_url)
        await owner.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database()"
        )
        await owner.close()
        # Nothing is stored by what finds nothing to change. Who uses a connection first that was
        # ended hears of it.
        done = False
        while not done:
            with suppress(Unavailable):
                await server_of(app).database.write(select, "SELECT 1 AS one")
                done = True
        codes = [(await client.get("/readyz")).status_code for _ in range(3)]
    assert codes == [503, 503, 503]


async def test_a_writer_that_has_stopped_makes_it_neither(sqlite_app: Starlette) -> None:
    working = server_of(sqlite_app).writer_task
    server_of(sqlite_app).writer_task = ended = asyncio.create_task(asyncio.sleep(0))
    await ended
    async with client_of(sqlite_app) as client:
        assert (await client.get("/healthz")).status_code == 503
        assert (await client.get("/readyz")).status_code == 503
    server_of(sqlite_app).writer_task = working


async def test_a_server_that_stops_is_alive_but_not_ready(sqlite_app: Starlette) -> None:
    server_of(sqlite_app).stopping = True
    async with client_of(sqlite_app) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
    assert alive.status_code == 200
    assert (ready.status_code, ready.text) == (503, "stopping\n")


async def test_it_is_known_again_by_an_id_that_stays_with_its_database(database_url: str) -> None:
    settings = Settings(database=database_url, public_url=PUBLIC_URL)
    names = set()
    for _ in range(2):
        async with running(settings) as app, client_of(app) as client:
            names.add((await client.get("/healthz")).headers["x-trk-instance"])
    [name] = names
    assert len(name) == 32


@pytest.mark.parametrize(
    ("peer", "seen", "ignored"),
    [("127.0.0.1", "https://track.test", None), ("192.0.2.7", "http://track.test", "yes")],
)
async def test_it_says_under_which_address_it_was_asked_and_whether_it_believes_the_proxy(
    sqlite_app: Starlette, peer: str, seen: str, ignored: str | None
) -> None:
    transport = httpx.ASGITransport(app=sqlite_app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://track.test") as proxy:
        forwarded = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}
        answer = await proxy.get("/healthz", headers=forwarded)
    assert answer.headers["x-trk-seen"] == seen
    assert ("x-trk-forwarded-ignored" in answer.headers) is (ignored is not None)
