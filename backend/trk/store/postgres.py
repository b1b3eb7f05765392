"""PostgreSQL: its settings, and how its connections run a program."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
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


# The array's order is that of locking.
_LOCKING = (
    "SELECT COUNT(CASE WHEN r.alone THEN CAST(pg_advisory_xact_lock(r.key) AS TEXT) "
    "ELSE CAST(pg_advisory_xact_lock_shared(r.key) AS TEXT) END) "
    "FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS BOOLEAN[])) AS r(key, alone)"
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

    async def lock(self, alone: Iterable[str], shared: Iterable[str] = ()) -> None:
        modes = dict.fromkeys(map(_key, shared), False) | dict.fromkeys(map(_key, alone), True)
        if modes:
            keys = sorted(modes)
            await self._raw.fetch(_LOCKING, keys, [modes[key] for key in keys])


def _key(name: str) -> int:
    """The number by which PostgreSQL locks a name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)
