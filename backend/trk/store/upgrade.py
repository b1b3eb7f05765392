"""Migrates a database with Alembic: see migrate."""

from __future__ import annotations

import asyncio

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from trk.store import hosts
from trk.store.dsn import connecting
from trk.store.errors import DRIVER_ERRORS
from trk.store.revisions import MIGRATIONS, revisions, unknown

_LOCK = 0x74726B  # any fixed number; processes that start together migrate one after another

ERRORS: tuple[type[Exception], ...] = (*DRIVER_ERRORS, SQLAlchemyError, CommandError)
"""What it raises if the database can't be used."""


async def upgrade(url: str) -> None:
    """Apply what is missing to the database at `url`, in one transaction."""
    if url.startswith("sqlite:"):
        await asyncio.to_thread(_upgrade_sqlite, url)
    else:
        await _upgrade_postgres(url)


async def _upgrade_postgres(url: str) -> None:
    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        return await hosts.connect(**connecting(url))

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade_sqlite(url: str) -> None:
    # sqlite3 must not begin transactions by itself: schema changes belong to the one below.
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": 30})
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN EXCLUSIVE"))
    try:
        with engine.begin() as connection:
            _upgrade(connection)
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    stranger = None if current is None else unknown(current)
    if stranger:
        raise CommandError(f"{stranger}; start with a new database, or use that version")
    if current != revisions()[-1]:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
