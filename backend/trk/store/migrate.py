"""Brings a database's schema up to date with Alembic, on start and by `trk migrate`."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from trk.store.errors import DatabaseError

_LOCK = 0x74726B  # any fixed number; processes that start together migrate one after another


async def migrate(url: str) -> str:
    """Apply what is missing to the database at `url` and return the revision it is at now.

    Raises DatabaseError with the database and the reason if it can't be used.
    """
    try:
        if url.startswith("sqlite:"):
            return await asyncio.to_thread(_migrate_sqlite, url)
        return await _migrate_postgres(url)
    except (SQLAlchemyError, CommandError, asyncpg.PostgresError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise DatabaseError(f"The database {safe_url(url)} can't be used: {reason}.") from error


def safe_url(url: str) -> str:
    """`url` for people to read, without its password."""
    return make_url(url).render_as_string(hide_password=True)


def without_password(url: str) -> str:
    """`url` for a program that gets its password another way."""
    made = make_url(url)
    if made.password is None:
        return url
    parts = (made.drivername, made.username, None, made.host, made.port, made.database, made.query)
    return URL.create(*parts).render_as_string()


async def _migrate_postgres(url: str) -> str:
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
    with suppress(FileExistsError):
        # For its owner's eyes only, from the first byte; its -wal and -shm get the same mode.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    # sqlite3 must not begin transactions by itself: schema changes belong to the one below.
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": 30})
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN EXCLUSIVE"))
    try:
        with engine.begin() as connection:
            return _upgrade(connection)
    finally:
        engine.dispose()


def revisions() -> list[str]:
    """The revisions that this version knows, oldest first."""
    script = ScriptDirectory.from_config(_config())
    return [revision.revision for revision in script.walk_revisions()][::-1]


def unknown(revision: str) -> str | None:
    """Why a database at this revision can't be used; None if this version knows it."""
    known = revisions()
    if revision in known:
        return None
    made = "before 0.2.0" if revision < known[0] else "newer than this one"
    return f"its schema is at revision {revision}, of a version {made}"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _upgrade(connection: Connection) -> str:
    config = _config()
    head = ScriptDirectory.from_config(config).get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    stranger = None if current is None else unknown(current)
    if stranger:
        raise CommandError(f"{stranger}; start with a new database, or use that version")
    if current != head:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return str(head)
