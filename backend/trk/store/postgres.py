"""PostgreSQL: its settings, and how its connections run a program."""

from __future__ import annotations

from typing import Any

import asyncpg

from trk.store.dialect import for_postgres
from trk.store.lanes import drive
from trk.store.program import Program

_SETTINGS = (
    "synchronous_commit = on",  # a commit is on the disk before it is acknowledged
    # Every statement finds a few rows by their keys. The planner does not know how many a JSON
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

    async def run(self, raw: Any, program: Program[Any]) -> Any:
        async with raw.transaction():
            return await drive(program, lambda s: raw.fetch(for_postgres(s.sql), *s.args))
