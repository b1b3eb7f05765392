"""A migration of PostgreSQL begins while servers of the version before go on: it gives way."""

from __future__ import annotations

import asyncio
from functools import partial

import asyncpg
import pytest

from tests.backend.connections import open_transaction
from tests.backend.migrating import down, on
from tests.backend.of_before import BEFORE, BEGUN, COPIED, FIRST
from trk.store.migrate import migrate
from trk.store.revisions import revisions


async def waiting(connection: asyncpg.Connection) -> None:
    """Return once somebody waits for a table of this database."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database "
        "WHERE NOT l.granted AND l.relation IS NOT NULL AND d.datname = current_database())"
    )
    while True:
        if await connection.fetchval(sql):
            return
        await asyncio.sleep(0.01)


async def test_a_transaction_that_uses_its_tables_the_other_way_round_goes_first(
    postgres_url: str,
) -> None:
    await asyncio.to_thread(on, postgres_url, partial(down, revision=BEFORE))
    async with asyncio.timeout(60):
        async with open_transaction(postgres_url, "SELECT 1 FROM winners") as other:
            migrating = asyncio.create_task(migrate(postgres_url))
            await waiting(other)
            await other.fetch("SELECT 1 FROM confirmations")
        assert await migrating == revisions()[-1]


async def test_a_long_export_holds_up_the_migration_but_nobody_else(postgres_url: str) -> None:
    await asyncio.to_thread(on, postgres_url, partial(down, revision=BEFORE))
    other = await asyncpg.connect(postgres_url)
    try:
        async with asyncio.timeout(60):
            async with open_transaction(postgres_url, "SELECT 1 FROM trackings"):
                migrating = asyncio.create_task(migrate(postgres_url))
                await waiting(other)
                await other.execute("SET lock_timeout = '2s'")  # as servers have it
                await other.fetch("SELECT 1 FROM campaigns, confirmations, trackings")
            assert await migrating == revisions()[-1]
    finally:
        await other.close()


async def test_what_a_server_is_copying_meanwhile_is_given_up_with_its_list(
    postgres_url: str,
) -> None:
    await asyncio.to_thread(on, postgres_url, partial(down, revision=BEFORE))
    copy = f"INSERT INTO draw_entries {COPIED['draw_entries']}"
    server = await asyncpg.connect(postgres_url)
    try:
        for sql in (*FIRST, *BEGUN):
            await server.execute(sql)
        async with asyncio.timeout(60):
            async with open_transaction(postgres_url, copy):
                migrating = asyncio.create_task(migrate(postgres_url))
                await waiting(server)
            assert await migrating == revisions()[-1]
        with pytest.raises(asyncpg.LockNotAvailableError):
            await server.execute(copy.replace("(15, 6, 1)", "(15, 7, 1)"))
        # What it had stored belongs to what is left over, and is erased with it.
        found = await server.fetch(
            "SELECT c.entries, c.id, e.entrant_id FROM list_copies AS c JOIN draw_entries AS e "
            "ON e.campaign_id = c.campaign_id AND e.draw_id = c.id WHERE c.begun_at = 0"
        )
        assert [tuple(row) for row in found] == [("draw_entries", 15, 6)]
    finally:
        await server.close()
