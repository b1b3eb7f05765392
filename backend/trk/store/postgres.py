"""PostgreSQL: its settings, and how its connections run a program."""

from __future__ import annotations

import asyncio
import socket
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
    # Who waits for another server that hangs gives up, and the one that hangs loses its locks.
    "lock_timeout = '2s'",
    "idle_in_transaction_session_timeout = '10s'",
    "tcp_keepalives_idle = 5",
    "tcp_keepalives_interval = 2",
    "tcp_keepalives_count = 3",
)
_CONNECT = 5.0
"""Seconds that a new connection may take to get its settings."""


# The array's order is that of locking.
_LOCKING = (
    "SELECT COUNT(CASE WHEN r.alone THEN CAST(pg_advisory_xact_lock(r.key) AS TEXT) "
    "ELSE CAST(pg_advisory_xact_lock_shared(r.key) AS TEXT) END) "
    "FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS BOOLEAN[])) AS r(key, alone)"
)


class Postgres:
    """How a lane uses a connection of PostgreSQL: each program in one transaction."""

    async def prepare(self, raw: Any) -> None:
        _keep_alive(raw)
        watch = asyncio.get_running_loop().call_later(_CONNECT, raw.terminate)
        try:
            await raw.execute("; ".join(f"SET {setting}" for setting in _SETTINGS))
        finally:
            watch.cancel()

    async def run(self, raw: Any, program: Program[T], limit: float) -> T:
        """Run a program that may take `limit` seconds: then the connection is cut, for a database
        that hangs answers nothing, and neither would it answer a request to cancel."""
        watch = asyncio.get_running_loop().call_later(limit, raw.terminate)
        try:
            return await self._run(raw, program)
        finally:
            watch.cancel()

    async def _run(self, raw: Any, program: Program[T]) -> T:
        async with raw.transaction():
            return await program(_PostgresTransaction(raw))

    def is_lost(self, raw: Any, error: BaseException) -> bool:
        """Is the connection of no use any more after this error? Then it is closed here."""
        # The driver's own mistakes leave it in no known state; a server that became a standby never
        # takes a write again.
        if isinstance(error, asyncpg.InternalClientError | asyncpg.ReadOnlySQLTransactionError):
            raw.terminate()
            return True
        return self.is_closed(raw)

    def is_closed(self, raw: Any) -> bool:
        """Is it closed, by us or by the other side?"""
        try:
            closed: bool = raw.is_closed()
        except asyncpg.InterfaceError:  # what was cut has gone back to its pool
            return True
        return closed


class PostgresReader(Postgres):
    """The same for programs that only read: each statement by itself, since a transaction would not
    show them one instant either, and would cost two more round trips."""

    async def _run(self, raw: Any, program: Program[T]) -> T:
        return await program(_PostgresTransaction(raw))


def _keep_alive(raw: Any) -> None:
    """Let the machine notice within seconds that the other one is gone."""
    connected = raw._transport.get_extra_info("socket")
    if connected.family == socket.AF_UNIX:
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):  # macOS has not all of them
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


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
