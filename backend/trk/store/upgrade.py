"""Migrates a database with Alembic: see migrate."""

from __future__ import annotations

import asyncio

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import URL, Connection, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from trk.store import hosts
from trk.store.dsn import connecting
from trk.store.errors import DRIVER_ERRORS
from trk.store.revisions import MIGRATIONS, revisions, unknown
from trk.store.schema import metadata
from trk.store.sqlite_path import path_of

_LOCK = 0x74726B  # any fixed number; processes that start together migrate one after another
_HELD_UP = "500ms"
"""How long a migration waits for a table, while others wait for it; then it lets them go first."""
_PAUSE = 2.0
"""Seconds for which they go first."""
_PATIENCE = 300.0
"""Seconds after which a table that is never free is an error."""
_TAKEN = ("55P03", "40P01")  # lock_not_available, deadlock_detected

ERRORS: tuple[type[Exception], ...] = (*DRIVER_ERRORS, SQLAlchemyError, CommandError)
"""What it raises if the database can't be used."""


async def upgrade(url: str) -> None:
    """Apply what is missing to the database at `url`, in one transaction."""
    if url.startswith("sqlite:"):
        await asyncio.to_thread(_upgrade_sqlite, url)
    else:
        await _upgrade_postgres(url)


async def _upgrade_postgres(url: str) -> None:
    """While servers go on: their transactions and the migration may wait for each other's tables,
    or the migration for a long export, and all others for the migration. Then it begins again."""
    clock = asyncio.get_running_loop().time
    until = clock() + _PATIENCE
    while True:
        try:
            return await _try_on_postgres(url)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _TAKEN or clock() > until:
                raise
        await asyncio.sleep(_PAUSE)


async def _try_on_postgres(url: str) -> None:
    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        return await hosts.connect(**connecting(url))

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            if await connection.run_sync(_is_behind):
                await connection.run_sync(_take_tables)
                await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _take_tables(connection: Connection) -> None:
    """Lock all tables before anything is changed, which takes no time that others would wait for.

    Most transactions of others begin with their campaign: it comes first.
    """
    there = set(inspect(connection).get_table_names()) & metadata.tables.keys()
    connection.execute(text(f"SET LOCAL lock_timeout = '{_HELD_UP}'"))
    for table in sorted(there, key=lambda name: (name != "campaigns", name)):
        connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))


def _upgrade_sqlite(url: str) -> None:
    # sqlite3 must not begin transactions by itself: schema changes belong to the one below.
    file = URL.create("sqlite", database=path_of(url))
    engine = create_engine(file, connect_args={"isolation_level": None, "timeout": 30})
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN EXCLUSIVE"))
    try:
        with engine.begin() as connection:
            if _is_behind(connection):
                _upgrade(connection)
    finally:
        engine.dispose()


def _is_behind(connection: Connection) -> bool:
    """Does the schema lack something? Raises CommandError if it is of another version."""
    current = MigrationContext.configure(connection).get_current_revision()
    stranger = None if current is None else unknown(current)
    if stranger:
        raise CommandError(f"{stranger}; start with a new database, or use that version")
    return current != revisions()[-1]


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
