"""The errors of both databases."""

from __future__ import annotations

import sqlite3

import asyncpg


class DatabaseError(Exception):
    """The database refused or failed; the transaction was rolled back, nothing is half-done."""


class Duplicate(DatabaseError):
    """A unique key forbids it: the thing is there already."""


class Gone(DatabaseError):
    """What this belongs to has been deleted since it was looked for."""


def translated(error: BaseException) -> BaseException:
    """The driver's error as one of ours; any other error is returned as it is."""
    # PostgreSQL's first sentence only: the detail after it quotes the row, with personal data.
    said = str(error.args[0]) if isinstance(error, asyncpg.PostgresError) else str(error)
    if isinstance(error, asyncpg.UniqueViolationError) or (
        isinstance(error, sqlite3.IntegrityError) and "UNIQUE" in said
    ):
        return Duplicate(said)
    if isinstance(error, asyncpg.ForeignKeyViolationError) or (
        isinstance(error, sqlite3.IntegrityError) and "FOREIGN KEY" in said
    ):
        return Gone(said)
    if isinstance(error, (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        return DatabaseError(f"{type(error).__name__}: {said}")
    return error
