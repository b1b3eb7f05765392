"""A piece of work for a database: SQL statements, each sent its rows, in one generator.

The same program runs on both databases (see dialect.py for how its SQL is written), and a whole
transaction takes one hop to the thread that owns SQLite's writing connection.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

Row = Mapping[str, Any]
T = TypeVar("T")


class Statement(NamedTuple):
    """One SQL statement and its arguments: int, float, str or None."""

    sql: str
    args: tuple[Any, ...] = ()


Program = Generator[Statement, list[Row], T]


def select(sql: str, *args: Any) -> Program[list[Row]]:
    """The program of a single statement; its result is the statement's rows."""
    return (yield Statement(sql, args))


def as_rows(rows: Sequence[Sequence[Any]]) -> str:
    """`rows` as the argument of `rows($n)`: a JSON array of arrays."""
    return msgspec.json.encode(rows).decode()


def unpacked(rows: Sequence[Row]) -> list[list[Any]]:
    """What a statement with `packed[…] AS packed` gave: its rows, each a list."""
    packed = rows[0]["packed"]
    return msgspec.json.decode(packed, type=list[list[Any]]) if packed else []
