"""Brings a database's schema up to date, on start and by `trk migrate`."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import asyncpg

from trk.store import hosts, unwritable
from trk.store.dsn import connecting
from trk.store.errors import DRIVER_ERRORS, DatabaseError
from trk.store.revisions import revisions
from trk.store.sqlite_path import path_of
from trk.store.wal import has_lost_its_file

_LOOK = "SELECT version_num FROM alembic_version"
_ERRORS: tuple[type[Exception], ...] = (*DRIVER_ERRORS, DatabaseError)
_SECRETS = ("password", "sslpassword")


async def migrate(url: str) -> str:
    """Apply what is missing to the database at `url` and return the revision it is at now.

    Raises DatabaseError with the database and the reason if it can't be used.
    """
    newest = revisions()[-1]
    try:
        if url.startswith("sqlite:"):
            known = await asyncio.to_thread(_known_by_sqlite, url)
        else:
            known = await _known_by_postgres(url)
    except _ERRORS as error:
        raise _unusable(url, error) from error
    # Without the lock of those that migrate, for which a server would wait.
    if known == [newest]:
        return newest
    # To load Alembic takes longer than most commands run, and almost none has to migrate.
    from trk.store import upgrade  # noqa: PLC0415

    try:
        await upgrade.upgrade(url)
    except upgrade.ERRORS as error:
        raise _unusable(url, error) from error
    return newest


def _unusable(url: str, error: Exception) -> DatabaseError:
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    reason = said.splitlines()[0].rstrip(".")
    return DatabaseError(f"The database {safe_url(url)} can't be used: {reason}.")


def safe_url(url: str) -> str:
    """`url` for people to read, without its passwords."""
    if _is_unclear(url):
        scheme, _, rest = url.partition("//")
        before, _, after = rest.rpartition("@")
        name, colon, _ = before.partition(":")
        if colon:
            url = f"{scheme}//{name}:***@{after}"
    return _with_password(url, ":***", "***")


def _is_unclear(url: str) -> bool:
    """May what stands behind the hosts belong to a password, with a / or ? that is not quoted?"""
    if url.startswith("sqlite:"):
        return False
    try:
        connecting(url)
    except DatabaseError:
        return True
    return "@" in url.partition("?")[0].partition("//")[2].partition("/")[2]


def without_password(url: str) -> str:
    """`url` for a program that gets its password another way."""
    return _with_password(url, "", "")


def _with_password(url: str, first: str, second: str) -> str:
    """`url` with this instead of a password before the host, and of each in the query."""
    if url.startswith("sqlite:"):
        return url
    address, mark, query = url.partition("?")
    scheme, slashes, rest = address.partition("//")
    authority, slash, path = rest.partition("/")
    user, at, machines = authority.rpartition("@")
    name, colon, _ = user.partition(":")
    given = parse_qsl(query, keep_blank_values=True)
    secret = [(name, second) for name, _ in given if name in _SECRETS and second]
    shown = [pair for pair in given if pair[0] not in _SECRETS] + secret
    return (
        f"{scheme}{slashes}{name}{first if colon else ''}{at}{machines}{slash}{path}"
        f"{mark}{urlencode(shown, safe='/*,:')}"
    )


def _known_by_sqlite(url: str) -> list[str]:
    """The revision that the file has noted, if any; the file is made if it is not there."""
    path = path_of(url)
    if lost := has_lost_its_file(Path(path)):
        raise DatabaseError(f"{lost}; bring it back, restore a backup, or move the -wal away")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        # For its owner's eyes only, from the first byte; its -wal and -shm get the same mode.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with suppress(sqlite3.Error):
        return [revision for (revision,) in unwritable.ask(path, _LOOK)]
    return []


async def _known_by_postgres(url: str) -> list[str]:
    looking = await hosts.connect(**connecting(url))
    try:
        with suppress(asyncpg.UndefinedTableError):
            return [revision for (revision,) in await looking.fetch(_LOOK)]
        return []
    finally:
        await looking.close()
