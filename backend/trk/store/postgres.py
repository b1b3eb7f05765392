"""PostgreSQL: its settings, and how its connections run a program."""

from __future__ import annotations

from typing import Any

import asyncpg

from trk.store.dialect import for_postgres
from trk.store.program import Program, Row, T

_SETTINGS = (
    "synchronous_commit = on",  # a commit is on the disk before it is acknowledged
    # Every statement finds a few rows by their keys. The planner does not know how many rows a JSON
    # array holds, guesses high, and would read whole tables.
    "enable_seqscan = off",
    "enable_hashjoin = off",
    "enable_mergejoin = off",
    "jit = off",
)


class Postgres:
    """How a lane uses a connection of PostgreSQL: each program in one transaction."""

    lost: tuple[type[BaseException], ...] = (
        OSError,
        asyncpg.InterfaceError,
        asyncpg.PostgresConnectionError,
        asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError,
    )

    async def prepare(self, raw: Any) -> None:
        for setting in _SETTINGS:
            await raw.execute(f"SET {setting}")

    async def run(self, raw: Any, program: Program[T]) -> T:
        async with raw.transaction():
            return await program(_PostgresTransaction(raw))


class _PostgresTransaction:
    """Statements on a connection that has a transaction open."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        rows: list[Row] = await self._raw.fetch(for_postgres(sql), *args)
        return rows
