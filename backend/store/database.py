"""The two databases behind one door: SQLite (one file) and PostgreSQL.

A piece of work is a *program*: a generator that yields `Statement`s, is sent their rows, and
returns its result. The same program runs on both databases; on SQLite a whole transaction takes
one hop to the thread that owns the only writing connection. SQL is written once, with `$1` for
arguments; `rows($1) AS r` stands for the rows of a JSON array of arrays, and `r.value ->> 0` for
their columns.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

import asyncpg
import databases
import msgspec

log = logging.getLogger(__name__)

Row = Mapping[str, Any]
T = TypeVar("T")


class Statement(NamedTuple):
    """One SQL statement and its arguments: int, float, str or None."""

    sql: str
    args: tuple[Any, ...] = ()


Program = Generator[Statement, list[Row], T]


class DatabaseError(Exception):
    """The database refused or failed; the transaction was rolled back, nothing is half-done."""


class Duplicate(DatabaseError):
    """A unique key stands against it: the thing is there already."""


def select(sql: str, *args: Any) -> Program[list[Row]]:
    """The program of a single statement; its result is the statement's rows."""
    return (yield Statement(sql, args))


def as_rows(rows: list[list[Any]]) -> str:
    """`rows` as the argument of `rows($n)`: a JSON array of arrays."""
    return msgspec.json.encode(rows).decode()


class Database:
    """One database: a single writer and a few readers, each on a connection it holds."""

    def __init__(self, url: str, readers: int = 4) -> None:
        """`url` is `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST:PORT/NAME`."""
        sqlite = url.startswith("sqlite:")
        options: dict[str, Any] = {} if sqlite else {"min_size": 1, "max_size": readers + 1}
        self._pool = databases.Database(url, **options)
        self._reads = _Lanes(self._pool, _ReadSQLite() if sqlite else _Postgres(), readers)
        self._writes: _SQLiteThread | _Lanes
        if sqlite:
            self._writes = _SQLiteThread(self._pool.url.database)
        else:
            self._writes = _Lanes(self._pool, _Postgres(), 1)

    async def open(self) -> None:
        """Connect. The schema must be there already (see migrate.py)."""
        await self._pool.connect()
        self._writes.open()
        self._reads.open()

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        await self._reads.close()
        await self._writes.close()
        await self._pool.disconnect()

    async def write(self, program: Program[T]) -> T:
        """Run `program` in one transaction and return its result after the commit.

        Raises DatabaseError (or Duplicate) after a rollback.
        """
        return cast("T", await self._writes.run(program))

    async def read(self, program: Program[T]) -> T:
        """Run `program`, which only reads; its statements need not see the same instant."""
        return cast("T", await self._reads.run(program))


class _SQLiteThread:
    """SQLite's writer: one thread that holds the one writing connection for life.

    `databases` (through aiosqlite) takes a hop to a thread for every statement and fetch; here a
    whole group of beacons takes one.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        self._connection = connection

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def run(self, program: Program[Any]) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._transact, program)

    def _transact(self, program: Program[Any]) -> Any:
        connection = self._connection
        assert connection is not None, "the database is not open"
        try:
            # IMMEDIATE: a transaction that reads before it writes must not find itself out of date.
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = self._drive(connection, program)
                connection.execute("COMMIT")
                return result
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise _translated(error) from error

    def _drive(self, connection: sqlite3.Connection, program: Program[Any]) -> Any:
        rows: list[Row] = []
        try:
            statement = next(program)
            while True:
                rows = connection.execute(*_for_sqlite(statement)).fetchall()
                statement = program.send(rows)
        except StopIteration as stop:
            return stop.value


_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit is on the disk before it is acknowledged
    "PRAGMA busy_timeout = 10000",  # milliseconds
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -65536",  # KiB
)

_Fetch = Callable[[Statement], Awaitable[list[Row]]]


class _ReadSQLite:
    """How a lane uses a reading connection of SQLite."""

    lost: tuple[type[BaseException], ...] = ()

    async def prepare(self, raw: Any) -> None:
        raw.row_factory = sqlite3.Row
        for pragma in (*_PRAGMAS[1:4], "PRAGMA query_only = ON"):
            await raw.execute_fetchall(pragma)

    async def run(self, raw: Any, program: Program[Any]) -> Any:
        return await _drive(program, lambda s: raw.execute_fetchall(*_for_sqlite(s)))


class _Postgres:
    """How a lane uses a connection of PostgreSQL: each program in one transaction."""

    lost: tuple[type[BaseException], ...] = (
        OSError,
        asyncpg.InterfaceError,
        asyncpg.PostgresConnectionError,
        asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError,
    )

    async def prepare(self, raw: Any) -> None:
        await raw.execute("SET synchronous_commit = on")

    async def run(self, raw: Any, program: Program[Any]) -> Any:
        async with raw.transaction():
            return await _drive(program, lambda s: raw.fetch(_for_postgres(s.sql), *s.args))


_Job = tuple[Program[Any], "asyncio.Future[Any]"]


class _Lanes:
    """Tasks that each hold one connection of the pool and take programs from one queue.

    A connection is opened (and prepared with its settings) once, not per query, and opened again
    when the server has cut it.
    """

    def __init__(
        self, pool: databases.Database, dialect: _ReadSQLite | _Postgres, lanes: int
    ) -> None:
        self._pool = pool
        self._dialect = dialect
        self._size = lanes
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        self._tasks = [asyncio.create_task(self._lane()) for _ in range(self._size)]

    async def close(self) -> None:
        for _ in self._tasks:
            self._jobs.put_nowait(None)
        await asyncio.gather(*self._tasks)

    async def run(self, program: Program[Any]) -> Any:
        future = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait((program, future))
        return await future

    async def _lane(self) -> None:
        while True:
            try:
                async with self._pool.connection() as connection:
                    raw = cast("Any", connection.raw_connection)
                    await self._dialect.prepare(raw)
                    if await self._serve(raw):
                        return
            except Exception as error:
                log.warning("no connection to the database: %s", error)
                await self._fail_next(error)

    async def _serve(self, raw: Any) -> bool:
        """Run programs until told to stop (True) or the connection is lost (False)."""
        while True:
            job = await self._jobs.get()
            if job is None:
                return True
            program, future = job
            try:
                result = await self._dialect.run(raw, program)
            except Exception as error:
                if not future.done():
                    future.set_exception(_translated(error))
                if isinstance(error, self._dialect.lost):
                    return False
            else:
                if not future.done():
                    future.set_result(result)

    async def _fail_next(self, error: Exception) -> None:
        """Without a connection: tell the next caller at once instead of letting it wait."""
        job = await self._jobs.get()
        if job is None:
            self._jobs.put_nowait(None)
            raise asyncio.CancelledError
        if not job[1].done():
            job[1].set_exception(_translated(error))


async def _drive(program: Program[Any], fetch: _Fetch) -> Any:
    try:
        statement = next(program)
        while True:
            statement = program.send(await fetch(statement))
    except StopIteration as stop:
        return stop.value


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, asyncpg.UniqueViolationError) or (
        isinstance(error, sqlite3.IntegrityError) and "UNIQUE" in str(error)
    ):
        return Duplicate(str(error))
    if isinstance(error, (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        return DatabaseError(f"{type(error).__name__}: {error}")
    return error


_ROWS = re.compile(r"\brows\((\$\d+)\) AS (\w+)")
_NAMES = tuple(str(n) for n in range(1, 33))


def _for_sqlite(statement: Statement) -> tuple[str, dict[str, Any]]:
    # SQLite reads `$1` as a parameter named "1".
    return _sqlite_sql(statement.sql), dict(zip(_NAMES, statement.args, strict=False))


@lru_cache(maxsize=1024)
def _sqlite_sql(sql: str) -> str:
    return _ROWS.sub(r"json_each(\1) AS \2", sql)


@lru_cache(maxsize=1024)
def _for_postgres(sql: str) -> str:
    return _ROWS.sub(r"jsonb_array_elements(\1::jsonb) AS \2(value)", sql)
