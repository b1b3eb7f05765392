"""Brings a database's schema up to date with Alembic, on start and by `trk migrate`."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from trk.store import hosts
from trk.store.errors import DRIVER_ERRORS, DatabaseError
from trk.store.postgres import connecting

_LOCK = 0x74726B  # any fixed number; processes that start together migrate one after another

_ERRORS: tuple[type[Exception], ...] = (*DRIVER_ERRORS, SQLAlchemyError, CommandError)


async def migrate(url: str) -> str:
    """Apply what is missing to the database at `url` and return the revision it is at now.

    Raises DatabaseError with the database and the reason if it can't be used.
    """
    try:
        if url.startswith("sqlite:"):
            return await asyncio.to_thread(_migrate_sqlite, url)
        return await _migrate_postgres(url)
    except _ERRORS as error:
        said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
        reason = said.splitlines()[0].rstrip(".")
        raise DatabaseError(f"The database {safe_url(url)} can't be used: {reason}.") from error


def safe_url(url: str) -> str:
    """`url` for people to read, without its password."""
    return _with_password(url, ":***", [("password", "***")])


def without_password(url: str) -> str:
    """`url` for a program that gets its password another way."""
    return _with_password(url, "", [])


def _with_password(url: str, first: str, second: list[tuple[str, str]]) -> str:
    """`url` with this instead of a password before the host, and in the query."""
    if url.startswith("sqlite:"):
        return url
    address, mark, query = url.partition("?")
    scheme, slashes, rest = address.partition("//")
    authority, slash, path = rest.partition("/")
    user, at, hosts = authority.rpartition("@")
    name, colon, _ = user.partition(":")
    given = parse_qsl(query, keep_blank_values=True)
    shown = [pair for pair in given if pair[0] != "password"]
    if len(shown) < len(given):
        shown += second
    return (
        f"{scheme}{slashes}{name}{first if colon else ''}{at}{hosts}{slash}{path}"
        f"{mark}{urlencode(shown, safe='/*,:')}"
    )


async def _migrate_postgres(url: str) -> str:
    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        return await hosts.connect(**connecting(url))

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    try:
        async with engine.begin() as connection:
            if await connection.run_sync(_revision) == revisions()[-1]:
                return revisions()[-1]  # and nobody waits for the lock, or for this
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
    with closing(sqlite3.connect(path, timeout=30)) as looking, suppress(sqlite3.Error):
        known = looking.execute("SELECT version_num FROM alembic_version").fetchall()
        if known == [(revisions()[-1],)]:
            return revisions()[-1]  # and no server has to wait for the file
    # sqlite3 must not begin transactions by itself: schema changes belong to the one below.
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": 30})
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN EXCLUSIVE"))
    try:
        with engine.begin() as connection:
            return _upgrade(connection)
    finally:
        engine.dispose()


@cache
def revisions() -> tuple[str, ...]:
    """The revisions that this version knows, oldest first; to read them runs all their files."""
    script = ScriptDirectory.from_config(_config())
    return tuple(revision.revision for revision in script.walk_revisions())[::-1]


def unknown(revision: str) -> str | None:
    """Why a database at this revision can't be used; None if this version knows it."""
    known = revisions()
    if revision in known:
        return None
    made = "before 0.2.0" if revision < known[0] else "newer than this one"
    return f"its schema is at revision {revision}, from a version {made}"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> str:
    head = revisions()[-1]
    current = _revision(connection)
    stranger = None if current is None else unknown(current)
    if stranger:
        raise CommandError(f"{stranger}; start with a new database, or use that version")
    if current != head:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return head
