"""How many steps SQLite takes for a program, so that a test sees what looks through more than it
needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.backend.stored import query_write
from trk.store.database import Database


async def steps(database: Database, program: Callable[[Any], Any]) -> int:
    """How many times SQLite's machine has made a hundred steps in a program, which is undone."""
    seen = 0

    def step() -> None:
        nonlocal seen
        seen += 1

    async def counted(tx: Any) -> None:
        tx._connection.set_progress_handler(step, 100)
        try:
            await program(tx)
        finally:
            tx._connection.set_progress_handler(None, 100)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(counted)
    return seen


def numbers(first: int, last: int) -> str:
    """These numbers, as a table that an INSERT selects from."""
    return (
        f"WITH RECURSIVE n(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM n WHERE n < {last}) "
    )


async def needs_no_more_for_many(
    database: Database, program: Callable[[Any], Any], into: str, row: str
) -> None:
    """A program takes hardly more steps beside 6,000 rows that don't concern it than beside 30;
    `row` has their values, of which `n` is their number."""
    found = []
    for first, last in ((1, 30), (31, 6_000)):
        await query_write(database, f"INSERT INTO {into} {numbers(first, last)}SELECT {row} FROM n")
        found.append(await steps(database, program))
    assert found[1] < 1.5 * found[0] + 5, found
