"""Transactions that run at once: another one begins while the first stands in the middle.

On SQLite, which has one writer at a time, one comes after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

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


class _Stopping:
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
    stored. Which of them began, in order: who was in a circle has begun again."""
    began: list[str] = []
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def stop() -> None:
        reached.set()
        await go_on.wait()

    async def slowly(tx: Transaction) -> None:
        began.append("first")
        await first(_Stopping(tx, stops, stop) if stops and not database.sqlite else tx)
        if not stops and not database.sqlite:
            await stop()

    async def quickly(tx: Transaction) -> None:
        began.append("other")
        await other(tx)

    slow = asyncio.create_task(database.write(slowly))
    if database.sqlite:
        await slow
    else:
        waiting = asyncio.create_task(reached.wait())
        await asyncio.wait([slow, waiting], return_when=asyncio.FIRST_COMPLETED)
        assert reached.is_set(), "it has never come to where it stops"
    quick = asyncio.create_task(database.write(quickly))
    await asyncio.wait([quick], timeout=0.2)
    go_on.set()
    await asyncio.gather(slow, quick)
    return began
