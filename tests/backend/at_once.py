"""Transactions that run at once: another one begins while the first stands in the middle.

On SQLite, which has one writer at a time, one comes after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import asyncpg

from trk.store.database import Database
from trk.store.program import Program, Row, Transaction


def holds_an_entrant(sql: str) -> bool:
    """Does this statement hold entrants?"""
    return "UPDATE entrants" in sql or ("entrants" in sql and sql.endswith("FOR NO KEY UPDATE"))


def holds_the_campaign(sql: str) -> bool:
    """Does this statement hold a campaign?"""
    return "FROM campaigns" in sql and sql.endswith("FOR NO KEY UPDATE")


def holds_codes(sql: str) -> bool:
    """Does this statement hold a campaign's codes?"""
    return "FROM code_stocks" in sql and sql.endswith("FOR UPDATE")


class Stopping:
    """A transaction that stops after a statement, until it may go on."""

    def __init__(
        self, tx: Transaction, stops: Callable[[str], bool], stop: Callable[[], Any]
    ) -> None:
        self._tx, self._stops, self._stop = tx, stops, stop

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        rows = await self._tx.fetch(sql, *args)
        if self._stops(sql):
            await self._stop()
        return rows

    async def lock(self, alone: Iterable[str], shared: Iterable[str] = ()) -> None:
        await self._tx.lock(alone, shared)


async def at_once(
    database: Database,
    first: Program[Any],
    other: Program[Any],
    stops: Callable[[str], bool] | None = None,
) -> list[str]:
    """Run `other` while `first` stands after the statement at which it `stops`, or before it is
    stored. Which of them began, in order, and whom PostgreSQL gave up in a circle."""
    began: list[str] = []
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def stop() -> None:
        reached.set()
        await go_on.wait()

    async def slowly(tx: Transaction) -> None:
        await first(Stopping(tx, stops, stop) if stops and not database.sqlite else tx)
        if not stops and not database.sqlite:
            await stop()

    slow = asyncio.create_task(database.write(_noted(began, "first", slowly)))
    if database.sqlite:
        await slow
    else:
        waiting = asyncio.create_task(reached.wait())
        await asyncio.wait([slow, waiting], return_when=asyncio.FIRST_COMPLETED)
        assert reached.is_set(), "it has never come to where it stops"
    quick = asyncio.create_task(database.write(_noted(began, "other", other)))
    await asyncio.wait([quick], timeout=0.2)
    go_on.set()
    await asyncio.gather(slow, quick)
    return began


async def given_up(
    servers: Sequence[Database], programs: Mapping[str, Program[Any]], *refused: type[Exception]
) -> list[str]:
    """Run these programs at once, on several servers in turn; those that PostgreSQL gave up in a
    circle. They may raise one of `refused`."""
    noted: list[str] = []

    async def run(server: Database, name: str, program: Program[Any]) -> None:
        with suppress(*refused):
            await server.write(_noted(noted, name, program))

    runs = enumerate(programs.items())
    await asyncio.gather(*[run(servers[n % len(servers)], *each) for n, each in runs])
    return [each for each in noted if each.endswith(_CIRCLE)]


def _noted(began: list[str], name: str, program: Program[Any]) -> Program[Any]:
    """The program, which notes that it begins, and if it is given up in a circle (40P01)."""

    async def run(tx: Transaction) -> None:
        began.append(name)
        try:
            await program(tx)
        except asyncpg.DeadlockDetectedError:
            began.append(name + _CIRCLE)
            raise

    return run


_CIRCLE = " stood in a circle"
