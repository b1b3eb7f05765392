"""Copies of a SQLite database: a backup while the server writes, and the way back.

A copy is made under another name in the same folder, verified, made durable, and only then gets
its own name, so that a file with that name is always whole.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from trk.store.errors import DatabaseError
from trk.store.revisions import unknown
from trk.store.unwritable import reading

Progress = Callable[[int, int], None]
"""Told how many pages have been copied, and how many there are."""

_PAGES = 1024
"""How many pages are copied at once: 4 MiB, which takes a moment."""


class Copied(NamedTuple):
    """A verified copy: its size in bytes, and the schema's revision in it."""

    bytes: int
    revision: str


def back_up(source: Path, target: Path, progress: Progress, pages: int = _PAGES) -> Copied:
    """Copy the database `source`, which may be written meanwhile, to the file `target`, so many
    pages at once.

    The copy is of the instant at which this began: all that was committed before is in it. Raises
    DatabaseError, with `target` untouched, if the copy is not sound.
    """
    with _new(target) as made:
        with _reading(source) as database:
            # In a transaction of its own the connection stays at one instant; without one, each
            # commit of the server would make the copy start again.
            database.execute("BEGIN")
            database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            _copy(database, made, progress, pages)
        copied = _verified(made)
        _put(made, target)
    return copied


def restore(source: Path, target: Path, progress: Progress, kept: Path | None) -> Copied:
    """Put a copy of the backup `source` where the database `target` is.

    What stands there gets the name `kept`; with `kept` None nothing may stand there. Raises
    DatabaseError, with `target` untouched, if the backup is not sound, if a server uses the
    database, or if it is there and may not be.
    """
    with _new(target) as made:
        with _reading(source) as backup:
            _copy(backup, made, progress, _PAGES)
        copied = _verified(made)
        with _unused(target):
            if target.exists():
                if kept is None:
                    raise DatabaseError(f"{target} already exists.")
                os.link(target, kept)  # at no instant is there no database
            # Leftovers of a database that is gone would be taken for this one's.
            for rest in ("-wal", "-shm", "-journal"):
                target.with_name(target.name + rest).unlink(missing_ok=True)
            _give_to_owner_of(target if target.exists() else target.parent, made)
            _put(made, target)
    return copied


def _give_to_owner_of(path: Path, made: Path) -> None:
    """When root restores, the server runs as somebody else and must be able to use the file."""
    if os.geteuid() == 0:
        like = path.stat()
        os.chown(made, like.st_uid, like.st_gid)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise DatabaseError(f"There is no file {path}.")
    try:
        with reading(str(path.absolute())) as database:
            yield database
    except sqlite3.Error as error:
        raise DatabaseError(f"{path} can't be copied: {error}.") from error


@contextmanager
def _new(target: Path) -> Iterator[Path]:
    """A fresh file beside `target`, for its owner's eyes only; what is left of it at the end is
    removed."""
    made = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise DatabaseError(f"Can't write to {target.parent}: {error.strerror}.") from error
    try:
        yield made
    finally:
        for rest in ("", "-journal", "-wal", "-shm"):
            made.with_name(made.name + rest).unlink(missing_ok=True)


def _copy(database: sqlite3.Connection, made: Path, progress: Progress, pages: int) -> None:
    with closing(sqlite3.connect(made, isolation_level=None)) as copy:
        database.backup(
            copy, pages=pages, progress=lambda _, left, total: progress(total - left, total)
        )
        # One file that holds everything, to be carried about.
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()
    _make_durable(made)


def _verified(path: Path) -> Copied:
    """The copy at `path`, if it is sound and of a version that we know; else DatabaseError."""
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        try:
            found = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
            if found != ["ok"]:
                raise DatabaseError(f"The copy is damaged: {' '.join('; '.join(found).split())}.")
            row = copy.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError as error:
            raise DatabaseError(f"It is not a database of this server: {error}.") from error
        except sqlite3.DatabaseError as error:
            raise DatabaseError(f"The copy is damaged: {error}.") from error
    problem = unknown(row[0]) if row else "it has no schema"
    if problem:
        raise DatabaseError(f"It is not a database of this version: {problem}.")
    return Copied(path.stat().st_size, row[0])


@contextmanager
def _unused(path: Path) -> Iterator[None]:
    """Hold the database at `path`, if there is one, alone; DatabaseError if somebody uses it."""
    if not path.exists():
        yield
        return
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as database:
        try:
            # Every connection in WAL mode keeps a shared lock, also while it does nothing; only
            # who is alone can leave that mode.
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = DELETE").fetchone()
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise DatabaseError(
                f"{path} is in use ({error}). Stop the server that uses it first."
            ) from error
        except sqlite3.DatabaseError:
            pass  # damaged, which may be why it is to be replaced
        yield


def _put(made: Path, target: Path) -> None:
    """Give the finished file its name, durably."""
    os.replace(made, target)
    _make_durable(target.parent)


def _make_durable(path: Path) -> None:
    """Wait until the disk has the file or the folder's entries."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
