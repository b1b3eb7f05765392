"""A standby that did not follow the primary of now is not asked, however far it has read."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.backend.standbys.servers import (
    by_standby,
    named_on,
    opened,
    seen,
    servers,
    store,
    until_asked,
    until_said,
)
from tests.postgres import PostgresServer
from trk.store.database import Database
from trk.store.errors import DatabaseError

Three = tuple[PostgresServer, ...]


@pytest.fixture
def three() -> Iterator[Three]:
    """A primary and two standbys; it waits for neither."""
    with servers(2) as made:
        yield made


def one_of(name: str, *servers: PostgresServer) -> str:
    """The address of the database on whichever of them is asked for."""
    hosts = ",".join(str(each.directory) for each in servers)
    return f"postgresql://trk@/{name}?host={hosts}"


async def fail_over(database: Database, primary: PostgresServer, heir: PostgresServer) -> None:
    """Let a standby be the primary, and wait until something can be stored there."""
    await asyncio.to_thread(primary.send, signal.SIGKILL)
    await asyncio.to_thread(heir.promote)
    async with asyncio.timeout(30):
        while True:
            with suppress(DatabaseError):
                await store(database, 1000)
                return
            await asyncio.sleep(0.1)


async def test_one_that_has_read_further_from_the_primary_before_is_not_asked(
    three: Three, caplog: pytest.LogCaptureFixture
) -> None:
    primary, heir, ahead = three
    name = await named_on(primary)
    async with opened(one_of(name, primary, heir), ahead.url(name)) as database:
        await until_asked(database)
        await asyncio.to_thread(heir.set, "primary_conninfo", "")
        for n in range(1, 300):  # the heir knows next to nothing of it
            await store(database, n)
        await until_asked(database)
        assert await seen(database) == 299
        await fail_over(database, primary, heir)
        for n in range(1001, 1020):
            await store(database, n)
            assert await seen(database) == n
        await until_said(caplog, "it has not followed the primary of now")
        assert not (await database.read_public(by_standby))[0]


async def test_where_one_becomes_the_primary_the_other_that_follows_it_is_asked(
    three: Three,
) -> None:
    primary, heir, other = three
    name = await named_on(primary)
    async with opened(one_of(name, primary, heir), one_of(name, heir, other)) as database:
        await until_asked(database)
        await fail_over(database, primary, heir)
        await asyncio.to_thread(other.set, "primary_conninfo", f"host={heir.directory} user=trk")
        await until_asked(database)
        for n in range(1001, 1020):
            await store(database, n)
            assert await seen(database) == n
