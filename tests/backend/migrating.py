"""What tests of migrations do: take a database back to an older schema, and up again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

import trk.store
from trk.store.schema import metadata


def on(url: str, work: Any) -> Any:
    """What `work` makes of a connection to the database, in a transaction."""
    if url.startswith("sqlite"):
        engine = create_engine(url)
        try:
            with engine.begin() as connection:
                return work(connection)
        finally:
            engine.dispose()

    async def on_postgres() -> Any:
        async_engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:", 1))
        try:
            async with async_engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await async_engine.dispose()

    return asyncio.run(on_postgres())


def down(connection: Connection, revision: str) -> None:
    """Take the migrations after `revision` back."""
    command.downgrade(_config(connection), revision)


def up(connection: Connection) -> None:
    """Apply all migrations that are missing."""
    command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> Config:
    config = Config()
    folder = Path(trk.store.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    return config


def differences(connection: Connection) -> Any:
    """In what the database differs from the schema that is written down."""
    dialect = connection.dialect.name

    def compared(thing: Any, name: str, kind: str, reflected: bool, there: Any) -> bool:
        return kind != "index" or thing.info.get("only", dialect) == dialect

    # Alembic takes SQLite's way to write an empty default for another one.
    defaults = dialect == "postgresql"
    options = {
        "compare_type": True,
        "compare_server_default": defaults,
        "include_object": compared,
    }
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
