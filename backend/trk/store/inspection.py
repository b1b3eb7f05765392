"""What `trk doctor` asks a database; it changes nothing."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import asyncpg

from trk.core.tracking_name import fold
from trk.store import hosts
from trk.store.dialect import for_postgres, for_sqlite
from trk.store.dsn import connecting
from trk.store.errors import DRIVER_ERRORS, DatabaseError, translated
from trk.store.sqlite_path import path_of
from trk.store.wal import has_lost_its_file

_REVISION = "SELECT version_num FROM alembic_version"
_INSTANCE = "SELECT name FROM instance"
_NEWEST = (
    "SELECT MAX(t.received_at) FROM "
    "(SELECT received_at FROM trackings ORDER BY id DESC LIMIT 1000) AS t"
)
_NAMES = (
    "SELECT c.key, a.tracking_name, a.name_folded FROM campaigns AS c "
    "JOIN actions AS a ON a.campaign_id = c.id "
    "WHERE a.deleted_at IS NULL AND c.deleted_at IS NULL ORDER BY c.id, a.id"
)
_USED = "SELECT used(campaigns)"
_WRITTEN = "SELECT system_identifier, pg_current_wal_flush_lsn() FROM pg_control_system()"
_REPLAYED = "SELECT system_identifier, pg_last_wal_replay_lsn() FROM pg_control_system()"
_WRITE = "UPDATE alembic_version SET version_num = version_num"  # rolled back


class Damaged(DatabaseError):
    """The file is no database, or no sound one: only a backup helps."""


class Inspected(NamedTuple):
    """What there is: its size in bytes, instants in ms since 1970.

    `write_error` says why nothing can be stored, and is empty if it can; `journal` is SQLite's
    journal mode, `now` PostgreSQL's clock with ours (before, after) around it. `older_names` are
    actions whose tracking name is found in its older form only: the campaign's key, the name.
    `new`: no campaign was ever made.
    """

    revision: str | None
    instance: str | None
    newest: int | None
    bytes: int
    write_error: str
    journal: str = ""
    now: tuple[int, int, int] | None = None
    older_names: Sequence[tuple[str, str]] = ()
    new: bool = False


async def inspect(url: str, clock: Callable[[], int], patience: float = 10.0) -> Inspected:
    """Look at the database at `url`, waiting at most `patience` seconds for each answer.

    Raises DatabaseError if it can't be reached, and Damaged if it is no sound database.
    """
    try:
        if url.startswith("sqlite:///"):
            path = Path(path_of(url))
            return await asyncio.to_thread(_look_at_sqlite, path, patience)
        return await _look_at_postgres(url, clock, patience)
    except TimeoutError:
        raise DatabaseError(f"it did not answer within {patience:g} s") from None
    except DRIVER_ERRORS as error:
        # SQLite's error of this very class is about what is in the file.
        if type(error) is sqlite3.DatabaseError:
            raise Damaged(str(error)) from error
        raise translated(error) from error


async def inspect_standbys(url: str, standbys: str, patience: float = 10.0) -> int:
    """How many bytes a standby is behind the primary at `url`. Raises DatabaseError if none can be
    reached, or if it is another primary's."""
    try:
        async with _connected(url, patience) as primary:
            ours, position = await primary.fetchrow(_WRITTEN)
        async with _connected(standbys, patience, standby=True) as standby:
            theirs, reached = await standby.fetchrow(_REPLAYED)
    except TimeoutError:
        raise DatabaseError(f"it did not answer within {patience:g} s") from None
    except DRIVER_ERRORS as error:
        raise translated(error) from error
    if ours != theirs:
        raise DatabaseError("it is a standby of another primary")
    return max(0, int(position) - int(reached))


@asynccontextmanager
async def _connected(url: str, patience: float, *, standby: bool = False) -> AsyncIterator[Any]:
    options = {**connecting(url, standby=standby), "timeout": patience, "command_timeout": patience}
    connection = await hosts.connect(**options)
    try:
        yield connection
    finally:
        await connection.close(timeout=patience)


def _look_at_sqlite(path: Path, patience: float) -> Inspected:
    if lost := has_lost_its_file(path):
        raise Damaged(lost)
    if not path.is_file():
        raise DatabaseError(f"there is no file {path}")
    # `rw`: looking must not make a file.
    address = f"file:{quote(str(path.absolute()))}?mode=rw"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=patience)
    with closing(connection) as database:

        def ask(sql: str) -> Any:
            row = database.execute(sql).fetchone()
            return row[0] if row else None

        def ask_table(sql: str) -> Any:
            try:
                return ask(sql)
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return None
                raise

        journal = ask("PRAGMA journal_mode")
        _look_for_damage(database, patience)
        size = ask("PRAGMA page_count") * ask("PRAGMA page_size")
        revision = ask_table(_REVISION)
        problem = ""
        try:
            database.execute("BEGIN IMMEDIATE")
            if revision is not None:
                database.execute(_WRITE)
            database.execute("ROLLBACK")
        except sqlite3.Error as error:
            problem = str(error)
        return Inspected(
            revision,
            ask_table(_INSTANCE),
            ask_table(_NEWEST),
            size,
            problem,
            journal,
            older_names=[] if revision is None else _older(database.execute(_NAMES)),
            new=not (revision and ask(for_sqlite(_USED, ())[0])),
        )


def _look_for_damage(database: sqlite3.Connection, patience: float) -> None:
    """Read the file, or as much of it as can be read in that time; Damaged if it is not sound."""
    until = time.monotonic() + patience
    database.set_progress_handler(lambda: time.monotonic() > until, 100_000)
    try:
        [found] = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:  # so far it is sound
        return
    finally:
        database.set_progress_handler(None, 0)
    if found != "ok":
        raise Damaged(" ".join(found.split()))


def _older(rows: Iterable[Sequence[Any]]) -> list[tuple[str, str]]:
    return [(key, name) for key, name, folded in rows if fold(name) != folded]


async def _look_at_postgres(url: str, clock: Callable[[], int], patience: float) -> Inspected:
    async with _connected(url, patience) as connection:
        ask: Callable[[str], Awaitable[Any]] = connection.fetchval

        async def ask_table(sql: str) -> Any:
            try:
                return await ask(sql)
            except asyncpg.UndefinedTableError:
                return None

        before = clock()
        now = await ask("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
        after = clock()
        revision = await ask_table(_REVISION)
        problem = ""
        transaction = connection.transaction()
        await transaction.start()
        try:
            if revision is not None:
                await connection.execute(_WRITE)
        except asyncpg.PostgresError as error:
            problem = str(error.args[0])
        finally:
            await transaction.rollback()
        return Inspected(
            revision,
            await ask_table(_INSTANCE),
            await ask_table(_NEWEST),
            await ask("SELECT pg_database_size(current_database())"),
            problem,
            now=(now, before, after),
            older_names=[] if revision is None else _older(await connection.fetch(_NAMES)),
            new=not (revision and await ask(for_postgres(_USED))),
        )
