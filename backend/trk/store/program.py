"""A piece of work for a database: a coroutine that awaits nothing but its transaction's statements.

The same program runs on both databases (see dialect.py for how its SQL is written). On SQLite a
statement is answered at once, so that the thread that owns the writing connection runs a whole
program in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

Row = Mapping[str, Any]
T = TypeVar("T")


class Transaction(Protocol):
    """What a program's statements belong to: all of them are stored, or none."""

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        """Run a statement with its arguments (int, float, str or None); the rows that it gives."""

    async def lock(self, alone: Iterable[str], shared: Iterable[str] = ()) -> None:
        """Lock these names until the transaction ends: `alone`, or `shared` with others who share
        them. On SQLite, which has one writer at a time, there is nothing to do.

        Who locks all its names in one call waits for nobody in a circle.
        """


Program = Callable[[Transaction], Coroutine[Any, Any, T]]
"""A program that has all it needs but its transaction."""


async def select(tx: Transaction, sql: str, *args: Any) -> list[Row]:
    """The program of a single statement."""
    return await tx.fetch(sql, *args)


async def every(tx: Transaction, make: Callable[..., T], sql: str, *args: Any) -> list[T]:
    """What `make` makes of the columns of each row that a statement gives."""
    return [make(**row) for row in await tx.fetch(sql, *args)]


async def first(tx: Transaction, make: Callable[..., T], sql: str, *args: Any) -> T | None:
    """What `make` makes of the columns of the first row that a statement gives; None without."""
    return next(iter(await every(tx, make, sql, *args)), None)


async def ids(tx: Transaction, sql: str, *args: Any) -> list[int]:
    """The `id` of each row that a statement gives."""
    return [row["id"] for row in await tx.fetch(sql, *args)]


async def number(tx: Transaction, sql: str, *args: Any) -> int:
    """The number `n` in the one row that a statement gives."""
    [row] = await tx.fetch(sql, *args)
    return int(row["n"])


def as_rows(rows: Sequence[Sequence[Any]]) -> str:
    """`rows` as the argument of `rows($n)`: a JSON array of arrays."""
    return msgspec.json.encode(rows).decode()


def as_list(values: Collection[int] | Collection[str]) -> str:
    """`values` as the argument of `ids($n)` or `texts($n)`."""
    return msgspec.json.encode(list(values)).decode()


def unpacked(rows: Sequence[Row]) -> list[list[Any]]:
    """What a statement with `packed[…] AS packed` gave: its rows, each a list."""
    packed = rows[0]["packed"]
    return msgspec.json.decode(packed, type=list[list[Any]]) if packed else []
