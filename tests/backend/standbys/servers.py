"""PostgreSQL servers of which one is the primary, and who asks their database."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from itertools import count

import pytest

from tests.backend.stored import query_write
from tests.postgres import PostgresServer, Unavailable, private_server, standby_of
from trk.store import instance
from trk.store.database import Database
from trk.store.migrate import migrate
from trk.store.program import Transaction

Two = tuple[PostgresServer, ...]
"""A primary and its standby."""
_names = count()
SOON = 3.0
"""Seconds within which whoever asks has an answer, on a busy machine, whatever a standby does."""


@contextmanager
def servers(standbys: int) -> Iterator[tuple[PostgresServer, ...]]:
    """A primary and so many standbys, none of which holds up a commit."""
    try:
        with ExitStack() as stack:
            primary = stack.enter_context(private_server())
            others = [stack.enter_context(standby_of(primary)) for _ in range(standbys)]
            primary.set("synchronous_standby_names", "")
            yield primary, *others
    except Unavailable as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"PostgreSQL: {reason}")


async def named_on(primary: PostgresServer) -> str:
    """The name of a fresh database there, and on its standbys."""
    made = f"standbys{next(_names)}"
    url = await asyncio.to_thread(primary.create, made)
    await migrate(url)
    async with opened(url, "") as database:
        await database.write(instance.identify, instance.Instance("1" * 32, ""), 0)
    return made


@asynccontextmanager
async def opened(url: str, standbys: str) -> AsyncIterator[Database]:
    """A database with standbys."""
    database = Database(url, standbys=standbys)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def by_standby(tx: Transaction) -> tuple[bool, int]:
    """Is this a standby, and what was stored last?"""
    [row] = await tx.fetch("SELECT pg_is_in_recovery() AS standby, made_at AS n FROM instance")
    return row["standby"], row["n"]


async def until_asked(database: Database) -> None:
    """Ask until a standby answers."""
    async with asyncio.timeout(60):
        while True:
            if (await database.read_public(by_standby))[0]:
                return
            await asyncio.sleep(0.02)


async def store(database: Database, n: int) -> None:
    """Store a number, in place of the one before."""
    await query_write(database, f"UPDATE instance SET made_at = {n}")


async def seen(database: Database) -> int:
    """The number that the public sees, which must not take long."""
    began = time.monotonic()
    _, n = await database.read_public(by_standby)
    assert time.monotonic() - began < SOON
    return n


async def until_said(caplog: pytest.LogCaptureFixture, said: str) -> None:
    """Wait for a line of the log."""
    async with asyncio.timeout(60):
        while True:
            if said in caplog.text:
                return
            await asyncio.sleep(0.02)
