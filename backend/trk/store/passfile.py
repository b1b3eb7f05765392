"""Passwords from PostgreSQL's password file, one for each host, read as its own tools read it.

https://www.postgresql.org/docs/current/libpq-pgpass.html
"""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

log = logging.getLogger(__name__)

_LINE = re.compile(r"((?:[^\\:]|\\.)*):" * 4 + "(.*)")
_QUOTED = re.compile(r"\\(.)")


def password(given: Mapping[str, str]) -> str:
    """The password for the one host of these parameters (see dsn.connecting), or none.

    It is looked for each time, so that a new one is known to the next connection. Raises OSError
    with what is wrong with a file that somebody has named; one in its usual place may be missing.
    """
    known = given.get("password") or os.environ.get("PGPASSWORD")
    if known:
        return known
    named = given.get("passfile") or os.environ.get("PGPASSFILE", "")
    text = _readable(Path(named)) if named else _usual()
    user = given["user"]
    name = given.get("dbname") or os.environ.get("PGDATABASE") or user
    host = given.get("host", "").strip("[]")
    hosts = {host, "localhost"} if not host or host.startswith("/") else {host}
    wanted = [hosts, {given.get("port", "")}, {name}, {user}]
    for *fields, found in _entries(text):
        if all(
            field == "*" or field in values for field, values in zip(fields, wanted, strict=True)
        ):
            return found
    return ""


def _usual() -> str:
    try:
        file = Path.home() / ".pgpass"
        return _readable(file) if file.exists() else ""
    except (OSError, RuntimeError) as error:  # nobody's home
        log.warning("%s", error)
        return ""


def _readable(file: Path) -> str:
    """The text of a file that its owner alone can read. Raises OSError that names it."""
    try:
        mode = file.stat().st_mode
        if not stat.S_ISREG(mode):
            raise OSError(f"passfile is {str(file)!r}; expected a file")
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise OSError(
                f"passfile is {str(file)!r}, which others may read; expected mode 0600 or less"
            )
        return file.read_text("utf-8", errors="replace")
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(
            f"passfile is {str(file)!r}: {error.strerror}; expected a file that can be read"
        ) from error


def _entries(text: str) -> Iterator[list[str]]:
    """Host, port, database, user and password of each line that has them."""
    for line in text.split("\n"):
        found = None if line.startswith("#") else _LINE.fullmatch(line.removesuffix("\r"))
        if found:
            yield [_QUOTED.sub(r"\1", field) for field in found.groups()]
