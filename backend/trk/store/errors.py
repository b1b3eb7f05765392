"""The errors of both databases."""

from __future__ import annotations

import sqlite3

import asyncpg

from trk.core.campaign import Campaign

_BAD_TEXT = (
    UnicodeEncodeError,
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)


class DatabaseError(Exception):
    """The database refused or failed; the transaction was rolled back, nothing is half-done."""


class Duplicate(DatabaseError):
    """A unique key forbids it: the thing is there already."""


class Gone(DatabaseError):
    """What this belongs to has been deleted since it was looked for."""


def gone(campaign: Campaign) -> Gone:
    """The error for a campaign that has been deleted."""
    return Gone(f"campaign {campaign.key} has been deleted")


class Overtaken(DatabaseError):
    """Transactions were in each other's way (a deadlock), and this one was given up for another."""


class Unstorable(DatabaseError):
    """A text holds what no text in the database can: a NUL, or half of a character."""


class Mistake(DatabaseError):
    """A mistake of ours, which the log has: nothing was stored."""


class Unavailable(DatabaseError):
    """The database is gone, hangs, or is held by somebody else. It is not due to what was asked."""


class Unwritable(Unavailable):
    """Nothing can be stored until the disk has room, or can be written; reading may go on. It says
    why, for everybody to read."""


class OnlyRead(Unwritable):
    """The file was opened where it could only be read, by this connection or others of the process;
    opened anew once none of them is left, it may be written."""


class Locked(Unavailable):
    """Rows that the program needs are held by another server; others may be free."""


class StillCounting(Locked):
    """Something is being counted, in words: `friends are`, or `what visitors have done is`; until
    that is done, nothing can be made of what counts."""

    def __init__(self, what: str, campaign: Campaign) -> None:
        said = f"{what} still being counted in campaign {campaign.key}; try again in a moment"
        super().__init__(said)
        self.what = what


_GONE = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    OSError,
)


DRIVER_ERRORS: tuple[type[Exception], ...] = (
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
"""What the drivers raise, before it is translated."""


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
    if isinstance(error, _BAD_TEXT) or isinstance(error.__cause__, UnicodeEncodeError):
        return Unstorable(f"{type(error).__name__}: a text has a character that can't be stored")
    if isinstance(error, asyncpg.TransactionRollbackError):
        return Overtaken(f"{type(error).__name__}: {said}")
    if isinstance(error, asyncpg.LockNotAvailableError):
        return Locked(f"{type(error).__name__}: {said}")
    # The driver's complaints of a value are of another kind, although they share a class.
    gone = isinstance(error, _GONE) and not isinstance(error, ValueError)
    if gone or (isinstance(error, sqlite3.OperationalError) and said.endswith("is locked")):
        return Unavailable(f"{type(error).__name__}: {said}")
    if isinstance(error, sqlite3.Error | asyncpg.PostgresError | asyncpg.InterfaceError):
        return DatabaseError(f"{type(error).__name__}: {said}")
    return error
