"""A server, a database or a lock that hangs: whoever waits is told to come back within seconds,
others are served, and nothing is lost."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from tests.backend.connections import held_writes, open_transaction
from tests.backend.frozen import Link, link_to
from tests.backend.stored import NOW, beacon_id, enter, query, visitor
from trk.core.beacon import Answer, Beacon
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.rejection import Rejection
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import campaigns
from trk.store.database import Database
from trk.store.errors import DatabaseError, Unavailable
from trk.store.postgres import Postgres
from trk.store.program import Transaction
from trk.store.storing import StoringHere
from trk.store.submissions import Reply, Submission
from trk.store.writer import Writer


@asynccontextmanager
async def storing(url: str) -> AsyncIterator[tuple[Database, Writer]]:
    """A database that is open, and a writer at work on it."""
    database = Database(url)
    await database.open()
    writer = Writer(StoringHere(database))
    task = asyncio.create_task(writer.run())
    try:
        yield database, writer
        writer.close()
        await task
    finally:
        task.cancel()
        await database.close()


async def made(database: Database, key: str) -> Campaign:
    campaign = await database.write(make_campaign, CampaignDraft("Win", key=key))
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase"))
    return campaign


def push(writer: Writer, key: str, number: int) -> asyncio.Future[Reply]:
    beacon = Beacon(beacon_id(number), visitor(number), [["Purchase", str(number)]])
    return writer.submit(Submission(key, beacon, NOW))


async def stored(database: Database) -> int:
    [row] = await query(database, "SELECT COUNT(*) AS n FROM trackings")
    n: int = row["n"]
    return n


@asynccontextmanager
async def held_beside_free(url: str, database: Database, writer: Writer) -> AsyncIterator[None]:
    """The campaigns held1, which another server holds meanwhile, and free1; a beacon of each is
    stored."""
    held, free = await made(database, "held1"), await made(database, "free1")
    for n, each in enumerate((held, free)):
        assert isinstance(await push(writer, each.key, n), Answer)
    hold = f"SELECT 1 FROM campaigns WHERE id = {held.id} FOR UPDATE"
    async with open_transaction(url, hold):
        yield


async def test_a_campaign_that_another_server_holds_keeps_no_other_waiting(
    postgres_url: str,
) -> None:
    async with storing(postgres_url) as (database, writer):
        async with held_beside_free(postgres_url, database, writer):
            first = [push(writer, ("held1", "free1")[n % 2], 10 + n) for n in range(40)]
            replies = await asyncio.gather(*first)
            assert {type(reply) for reply in replies[1::2]} == {Answer}
            assert {type(reply) for reply in replies[::2]} == {Rejection}
            # By now it is known: who pushes there is answered at once.
            reply = await push(writer, "held1", 50)
            assert isinstance(reply, Rejection)
            assert (reply.code, reply.wait is not None) == ("busy", True)
            started = time.monotonic()
            more = [push(writer, "free1", 100 + n) for n in range(40)]
            assert {type(reply) for reply in await asyncio.gather(*more)} == {Answer}
            assert time.monotonic() - started < 2
        await _until_stored(writer, "held1", [*range(10, 50, 2), 50])
        assert await stored(database) == 2 + 40 + 1 + 40


async def test_what_waits_for_a_campaign_that_is_held_is_sent_away_with_the_first(
    postgres_url: str,
) -> None:
    async with storing(postgres_url) as (database, writer):
        async with held_beside_free(postgres_url, database, writer):
            rush = [push(writer, "held1", 10 + n) for n in range(2_000)]
            started = time.monotonic()
            assert {type(reply) for reply in await asyncio.gather(*rush)} == {Rejection}
            # It takes two seconds to see that one group has to wait; there are eight.
            assert time.monotonic() - started < 5
            await asyncio.sleep(2)  # from now on it is tried again, by one lane alone
            again = [push(writer, "held1", 10 + n) for n in range(500)]
            started = time.monotonic()
            assert isinstance(await push(writer, "free1", 3_000), Answer)
            assert time.monotonic() - started < 1.5
            assert {type(reply) for reply in await asyncio.gather(*again)} == {Rejection}
        await _until_stored(writer, "held1", [*range(10, 110)])


async def _until_stored(writer: Writer, key: str, numbers: list[int]) -> None:
    """Send again, as outboxes do, until everything is acknowledged."""
    async with asyncio.timeout(30):
        while numbers:
            replies = [await push(writer, key, n) for n in numbers]
            numbers = [
                n for n, reply in zip(numbers, replies, strict=True) if isinstance(reply, Rejection)
            ]
            await asyncio.sleep(0.1)


async def test_a_server_that_freezes_in_a_transaction_loses_its_locks(postgres_url: str) -> None:
    async with storing(postgres_url) as (database, writer):
        campaign = await made(database, "y2sB7")
        frozen = Database(postgres_url)
        await frozen.open()
        holds = asyncio.Event()

        async def freeze(tx: Transaction) -> None:
            await tx.fetch("SELECT id FROM campaigns WHERE id = $1 FOR UPDATE", campaign.id)
            holds.set()
            await asyncio.sleep(20)
            await tx.fetch("SELECT 1 AS one")

        hung = asyncio.create_task(frozen.write(freeze))
        try:
            await holds.wait()
            await _until_stored(writer, "y2sB7", [1])
            assert not hung.done()
            # What it thaws with is not there any more, and it says so.
            with pytest.raises(DatabaseError):
                await hung
        finally:
            await frozen.close()


@pytest.fixture
async def link(postgres_url: str) -> AsyncIterator[Link]:
    """A way to a database that can be frozen."""
    with tempfile.TemporaryDirectory(prefix="trk-") as folder:
        async with link_to(postgres_url, Path(folder)) as made_link:
            yield made_link


async def test_a_database_that_hangs_is_given_up_in_seconds_and_taken_again_when_it_is_back(
    link: Link,
) -> None:
    async with storing(link.url) as (database, writer):
        await made(database, "y2sB7")
        assert isinstance(await push(writer, "y2sB7", 0), Answer)
        link.freeze()
        started = time.monotonic()
        replies = await asyncio.gather(*[push(writer, "y2sB7", n) for n in range(1, 30)])
        assert {type(reply) for reply in replies} == {Rejection}
        assert time.monotonic() - started < 12
        # Those that come while no connection can be had do not wait one after the other.
        later = await asyncio.gather(*[push(writer, "y2sB7", n) for n in range(30, 60)])
        assert {type(reply) for reply in later} == {Rejection}
        with pytest.raises(Unavailable):
            await database.read(campaigns.by_key, "y2sB7")
        assert time.monotonic() - started < 30
        link.thaw()
        await _until_stored(writer, "y2sB7", list(range(60)))
        assert await stored(database) == 60
        assert await database.read(campaigns.by_key, "y2sB7") is not None


async def test_a_database_that_hangs_while_a_connection_is_made_ready_is_given_up_too(
    link: Link,
) -> None:
    raw = await asyncpg.connect(link.url)
    link.freeze()
    started = time.monotonic()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        async with asyncio.timeout(20):
            await Postgres().prepare(raw)
    assert time.monotonic() - started < 10
    assert raw.is_closed()


async def test_while_another_process_holds_the_file_all_are_told_to_come_back(
    sqlite_url: str,
) -> None:
    async with storing(sqlite_url) as (database, writer):
        await made(database, "y2sB7")
        async with held_writes(sqlite_url):
            started = time.monotonic()
            replies = await asyncio.gather(*[push(writer, "y2sB7", n) for n in range(30)])
            assert {type(reply) for reply in replies} == {Rejection}
            assert time.monotonic() - started < 8
        replies = await asyncio.gather(*[push(writer, "y2sB7", n) for n in range(30)])
        assert {type(reply) for reply in replies} == {Answer}


@pytest.mark.parametrize(
    "error", [asyncpg.InternalClientError("cannot switch to state 15"), ConnectionResetError()]
)
async def test_an_error_after_which_a_connection_is_of_no_use_ends_no_server(
    postgres_url: str, error: Exception
) -> None:
    async with storing(postgres_url) as (database, writer):
        campaign = await made(database, "y2sB7")
        await enter(database, campaign, 1)

        async def breaks(tx: Transaction) -> None:
            raise error

        for _ in range(3):
            with pytest.raises(Unavailable):
                await database.write(breaks)
            assert isinstance(await push(writer, "y2sB7", 1), Answer)
