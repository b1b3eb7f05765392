"""Brings a database's schema up to date with Alembic, on start and by `trk migrate`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine

_LOCK = 0x74726B  # any fixed number: processes that start together migrate one after another


async def migrate(url: str) -> str:
    """Apply what is missing to the database at `url` and return the revision it is at now.

    Raises sqlalchemy.exc.SQLAlchemyError or OSError if the database can't be reached.
    """
    if url.startswith("sqlite:"):
        return await asyncio.to_thread(_migrate_sqlite, url)
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:", 1))
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            return await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _migrate_sqlite(url: str) -> str:
    path = url.removeprefix("sqlite:///")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # sqlite3 must not begin transactions by itself: schema changes belong into the one below.
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": 30})
    event.listen(
        engine,
        "begin",
        lambda connection: connection.exec_driver_sql("BEGIN EXCLUSIVE"),
    )
    try:
        with engine.begin() as connection:
            return _upgrade(connection)
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> str:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != head:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return str(head)
