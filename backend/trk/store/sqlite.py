"""SQLite: its one writer, and its reading connections."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from trk.store.dialect import for_sqlite
from trk.store.errors import OnlyRead, Unavailable, Unwritable, translated
from trk.store.program import Program, Row, T
from trk.store.turnstile import Turnstile
from trk.store.unwritable import Reading, is_unwritable, reason

log = logging.getLogger(__name__)

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit is on the disk before it is acknowledged
    "PRAGMA busy_timeout = 3000",  # milliseconds; whoever waits for it is told to come back
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -65536",  # KiB
)
_PAUSE = 1.0
"""Seconds between two tries to connect where the disk is full or can only be read."""

_MISPLACED = "is not the one that was opened; bring that one back, or restart the server"


class SQLiteWriter:
    """One thread that holds the one writing connection for life.

    `databases` (through aiosqlite) takes a hop to a thread for every statement and fetch; here a
    whole group of beacons takes one.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._turnstile = Turnstile(path)
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._connection: sqlite3.Connection | None = None
        self._file: os.stat_result | None = None
        self._misplaced = False
        self._again_at = 0.0
        self.unwritable = ""
        """Why it could not store when it tried last: the disk is full, or can only be read."""

    def open(self) -> None:
        """Connect; where the disk is full or can only be read, whoever writes later tries again.
        The schema must be there already."""
        with suppress(Unwritable):
            self._connect()

    def _connect(self) -> sqlite3.Connection:
        if time.monotonic() < self._again_at:
            raise Unwritable(self.unwritable)
        try:
            self._turnstile.open()
            self._connection = self._connected()
            self._file = os.stat(self._path)
        except (OSError, sqlite3.Error) as error:
            self._turnstile.close()
            if not is_unwritable(error):
                raise
            self._again_at = time.monotonic() + _PAUSE
            self.unwritable = reason(self._path, error)
            raise Unwritable(self.unwritable) from error
        self._again()
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            for pragma in _PRAGMAS:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_file(self) -> None:
        """Raise Unwritable unless the file that is open is still where it was: what is stored in
        another one would be gone after the next start."""
        before = self._misplaced
        try:
            there = os.stat(self._path)
            self._misplaced = self._file is None or not os.path.samestat(there, self._file)
        except FileNotFoundError:
            self._misplaced = True
        if self._misplaced:
            if not before:
                log.critical("%s %s", self._path, _MISPLACED)
            raise Unwritable(f"the file of the database {_MISPLACED}")

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)
        self.disconnect()

    def disconnect(self) -> None:
        """Disconnect, where no thread of its own has run programs."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._turnstile.close()

    async def run(self, program: Program[T], limit: float) -> T:
        """Run a program; `limit` is for databases behind a network."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self.transact, program)

    def transact(self, program: Program[T]) -> T:
        """Run a program in one transaction, in the calling thread: its result after the commit."""
        assert self._connection or self.unwritable, "the database is not open"
        try:
            connection = self._connection or self._connect()
            with self._turnstile.turn():
                self._check_file()
                # IMMEDIATE: what reads before it writes must not be out of date by then.
                connection.execute("BEGIN IMMEDIATE")
                try:
                    result = _completed(program(_WriteTransaction(connection)))
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        except (sqlite3.Error, OSError, UnicodeEncodeError) as error:
            if not is_unwritable(error):
                raise translated(error) from error
            raise self._unwritable(error) from error
        self._again()
        return result

    def _unwritable(self, error: Exception) -> Unwritable:
        """The error of a transaction for which the disk had no room, or that it did not let in."""
        before, self.unwritable = self.unwritable, reason(self._path, error)
        if not before:
            log.critical("A transaction was not stored: %s", self.unwritable)
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY:
            self.disconnect()
            return OnlyRead(self.unwritable)
        return Unwritable(self.unwritable)

    def _again(self) -> None:
        if self.unwritable:
            log.info("the database can be written again")
            self.unwritable = ""


class _WriteTransaction:
    """Statements that are run at once, in the calling thread."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        return self._connection.execute(*for_sqlite(sql, args)).fetchall()

    async def lock(self, alone: Iterable[str], shared: Iterable[str] = ()) -> None:
        pass


def _completed(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that nothing suspends: one `send` takes it to its end."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("a program awaited something else than a statement of its transaction")


class _ReadTransaction:
    """Statements on a connection that is only read from."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        rows: list[Row] = await self._raw.execute_fetchall(*for_sqlite(sql, args))
        return rows

    async def lock(self, alone: Iterable[str], shared: Iterable[str] = ()) -> None:
        pass


class SQLiteReader:
    """How a lane uses a reading connection of SQLite."""

    async def prepare(self, raw: Reading) -> None:
        raw.raw.row_factory = sqlite3.Row
        for pragma in (*_PRAGMAS[1:4], "PRAGMA query_only = ON"):
            await raw.raw.execute_fetchall(pragma)

    async def run(self, raw: Reading, program: Program[T], limit: float) -> T:
        try:
            return await program(_ReadTransaction(raw.raw))
        finally:
            if raw.is_outdated:
                raise Unavailable("the file was written while it was read as it was before")

    def is_closed(self, raw: Reading) -> bool:
        return raw.is_outdated

    def is_lost(self, raw: Reading, error: BaseException) -> bool:
        return False
