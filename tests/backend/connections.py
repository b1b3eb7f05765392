"""Plain connections to a server, each with one beacon, and a database that keeps it waiting."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple

import asyncpg
import httpx

from trk_sdk.testkit.process import Server


class Connection(NamedTuple):
    """A connection that a test reads and writes bytes on."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, backend: Server, sent: bytes = b"") -> Connection:
        """Connect to `backend` and send these first bytes."""
        connection = cls(*await asyncio.open_connection("127.0.0.1", backend.port))
        await connection.send(sent)
        return connection

    async def send(self, sent: bytes) -> None:
        """Send more."""
        self.writer.write(sent)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """What the server says until it closes: status, headers (lower case), body (JSON)."""
        head, _, body = (await self.reader.read()).partition(b"\r\n\r\n")
        await self.close()
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(status.split()[1]), headers, json.loads(body)

    async def close(self) -> None:
        """End it in order."""
        self.writer.close()
        await self.writer.wait_closed()

    async def hang_up(self) -> None:
        """End it as a browser that is killed does: with a reset."""
        plain = self.writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        await asyncio.sleep(0)


async def all_is_read(backend: Server) -> None:
    """Return once the server has read what was sent to it before on any connection.

    Its loop reads connections in the order in which something came in, and this comes last.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        answer = await client.get(f"http://127.0.0.1:{backend.port}/healthz")
    assert answer.status_code == 200


@asynccontextmanager
async def held_writes(database_url: str, table: str = "trackings") -> AsyncIterator[None]:
    """While this lasts, whoever wants to store something (on PostgreSQL, in this table) waits."""
    if database_url.startswith("sqlite:///"):
        with _held_file(database_url.removeprefix("sqlite:///")):
            yield
        return
    lock = f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"
    async with open_transaction(database_url, lock):
        yield


@asynccontextmanager
async def open_transaction(postgres_url: str, sql: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to PostgreSQL with a transaction that lasts as long, and has begun with this."""
    connection = await asyncpg.connect(postgres_url)
    try:
        async with connection.transaction():
            await connection.execute(sql)
            yield connection
    finally:
        await connection.close()


@contextmanager
def _held_file(path: str) -> Iterator[None]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()
