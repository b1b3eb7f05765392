"""A SQLite file on a disk that is full, or can only be read.

SQLite needs two files beside it, which it can't make there. What nobody writes can be read without
them (`immutable`), and only for so long: whoever writes leaves traces, for which is looked before
and after each reading.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote

from trk.store.errors import Unavailable
from trk.store.lanes import Pool

_CODES = (
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
)
_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_OPEN = "PRAGMA schema_version"
"""The first thing that a connection reads, for which SQLite makes its files."""


class _State(NamedTuple):
    inode: int
    size: int
    modified: int


class Reading(NamedTuple):
    """A connection, and the state in which the file must still be for what it reads."""

    raw: Any
    path: str
    state: _State | None = None
    """None for the usual connection, to which SQLite sees."""

    @property
    def is_outdated(self) -> bool:
        """Has somebody written since?"""
        return self.state is not None and _state(self.path) != self.state


class _Opened(NamedTuple):
    raw_connection: Reading


class Readings:
    """A pool of connections that read a file, in the usual way if that can be, or as it is."""

    def __init__(self, path: str, usual: Pool, as_it_is: Pool) -> None:
        """`as_it_is` has connections to `as_it_is(path)`."""
        self._path = path
        self._usual = usual
        self._as_it_is = as_it_is

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[_Opened]:
        """Open one."""
        async with self._usual.connection() as made:
            raw = made.raw_connection
            if (state := await self._only_state(raw)) is None:
                yield _Opened(Reading(raw, self._path))
                return
        async with self._as_it_is.connection() as made:
            yield _Opened(Reading(made.raw_connection, self._path, state))

    async def _only_state(self, raw: Any) -> _State | None:
        """The state of a file that can't be read in the usual way, and can as it is."""
        try:
            await raw.execute_fetchall(_OPEN)
        except sqlite3.OperationalError as error:
            if is_unwritable(error):
                return _state(self._path)
        return None


def as_it_is(path: str) -> str:
    """The URI by which SQLite reads a file without a look at what may be beside it."""
    return f"file:{quote(path)}?mode=ro&immutable=1"


def ask(path: str, sql: str) -> list[Any]:
    """The rows of a question to a file that may be such a one."""
    try:
        with closing(sqlite3.connect(path, timeout=30)) as usual:
            return usual.execute(sql).fetchall()
    except sqlite3.OperationalError as error:
        if not is_unwritable(error) or _state(path) is None:
            raise
    with closing(sqlite3.connect(as_it_is(path), uri=True)) as still:
        return still.execute(sql).fetchall()


@contextmanager
def reading(path: str) -> Iterator[sqlite3.Connection]:
    """A connection that only reads a file that may be such a one. Raises Unavailable at the end if
    somebody has written to what was read as it was."""
    address = f"file:{quote(path)}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)) as usual:
        try:
            usual.execute(_OPEN)
        except sqlite3.OperationalError as error:
            state = _state(path)
            if not is_unwritable(error) or state is None:
                raise
        else:
            yield usual
            return
    with closing(sqlite3.connect(as_it_is(path), uri=True, isolation_level=None)) as still:
        yield still
    if _state(path) != state:
        raise Unavailable(f"{path} was written while it was read; try again")


def is_unwritable(error: Exception) -> bool:
    """Does this mean that the disk is full, or can only be read?"""
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _CODES
    return isinstance(error, OSError) and error.errno in _NUMBERS


def reason(path: str, error: Exception) -> str:
    """Why nothing can be stored there, after this error: for everybody to read."""
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return "the disk of the database is mounted read-only"
    said = error.strerror if isinstance(error, OSError) else str(error)
    return f"the disk of the database is full, or fails ({said})"


def _state(path: str) -> _State | None:
    """What the file is like; None if not all that was stored is in it, or it is not there.

    Who writes begins with a log, and changes the file before that goes: in this order one of the
    two shows it.
    """
    if _size(f"{path}-wal") or _size(f"{path}-journal"):
        return None
    try:
        known = os.stat(path)
    except FileNotFoundError:
        return None
    return _State(known.st_ino, known.st_size, known.st_mtime_ns)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
