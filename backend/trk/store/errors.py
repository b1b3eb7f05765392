"""What goes wrong in a database, whichever of the two it is."""

from __future__ import annotations

import sqlite3

import asyncpg


class DatabaseError(Exception):
    """The database refused or failed; the transaction was rolled back, nothing is half-done."""


class Duplicate(DatabaseError):
    """A unique key stands against it: the thing is there already."""


def translated(error: BaseException) -> BaseException:
    """The driver's error as one of ours; what is no database's error stays what it is."""
    # PostgreSQL's first sentence only: the detail that follows quotes the row, and with it people.
    said = str(error.args[0]) if isinstance(error, asyncpg.PostgresError) else str(error)
    if isinstance(error, asyncpg.UniqueViolationError) or (
        isinstance(error, sqlite3.IntegrityError) and "UNIQUE" in said
    ):
        return Duplicate(said)
    if isinstance(error, (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        return DatabaseError(f"{type(error).__name__}: {said}")
    return error
