"""Standbys answer what the public asks, and never with less than was stored when it was asked; one
that can't is left alone, and nobody waits for it."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.backend.frozen import link_to
from tests.backend.standbys.servers import (
    SOON,
    Two,
    by_standby,
    opened,
    seen,
    store,
    until_asked,
    until_said,
)
from trk.store import database as store_database
from trk.store import history, instance
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.history import HistoryMark, mark
from trk.store.program import Transaction


@pytest.fixture
async def database(two: Two, name: str) -> AsyncIterator[Database]:
    """A database whose standby is asked."""
    async with opened(two[0].url(name), two[1].url(name)) as made:
        await until_asked(made)
        yield made


async def test_it_has_all_that_was_stored_before_whoever_stored_it(
    two: Two, name: str, database: Database
) -> None:
    by = 0
    async with opened(two[0].url(name), "") as other:
        for n in range(1, 200):
            await store((database, other)[n % 2], n)
            standby, found = await database.read_public(by_standby)
            assert found == n
            by += standby
    assert by > 100, "it was a standby that was asked"


async def test_many_who_ask_at_once_ask_the_primary_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def counted(tx: Transaction) -> HistoryMark:
        asked.append(tx)
        return await mark(tx)

    monkeypatch.setattr(history, "mark", counted)
    seen = await asyncio.gather(*[database.read_public(by_standby) for _ in range(200)])
    assert all(standby for standby, _ in seen)
    assert len(asked) == 1


async def test_one_that_shows_nothing_new_is_not_believed(two: Two, database: Database) -> None:
    await store(database, 1)
    assert await seen(database) == 1
    await asyncio.to_thread(two[1].pause)
    try:
        for n in range(2, 20):
            await store(database, n)
            assert await seen(database) == n
        assert not (await database.read_public(by_standby))[0]
    finally:
        await asyncio.to_thread(two[1].resume)
    await until_asked(database)
    assert await seen(database) == 19


async def test_for_one_that_is_known_to_be_behind_nobody_waits(
    two: Two, database: Database
) -> None:
    await asyncio.to_thread(two[1].pause)
    try:
        await store(database, 1)
        await seen(database)
        began = time.monotonic()
        for _ in range(100):
            await seen(database)
        assert time.monotonic() - began < SOON
    finally:
        await asyncio.to_thread(two[1].resume)


async def test_one_that_hangs_keeps_nobody_waiting_and_is_asked_again_when_it_is_back(
    two: Two, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(two[1].send, signal.SIGSTOP)
    try:
        for n in range(1, 50):
            await store(database, n)
            assert await asyncio.gather(*[seen(database) for _ in range(10)]) == [n] * 10
            await asyncio.sleep(0.1)
    finally:
        await asyncio.to_thread(two[1].send, signal.SIGCONT)
    await until_asked(database)
    assert await seen(database) == 49
    said = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 1, said
    assert "the standby is left alone" in said[0]


async def test_a_connection_that_was_closed_while_idle_is_opened_again(
    two: Two, name: str, database: Database
) -> None:
    await asyncio.gather(*[database.read_public(by_standby) for _ in range(8)])
    other = await asyncpg.connect(two[1].url(name))
    await other.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await other.close()
    assert (await database.read_public(by_standby))[0]


async def test_where_the_primary_hangs_nobody_waits_twice(
    two: Two, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 2.0
    monkeypatch.setattr(store_database, "_READ", limit)
    with tempfile.TemporaryDirectory(prefix="trk-") as folder:
        async with (
            link_to(two[0].url(name), Path(folder)) as link,
            opened(link.url, two[1].url(name)) as database,
        ):
            await until_asked(database)
            link.freeze()
            try:
                began = time.monotonic()
                with pytest.raises(DatabaseError):
                    await database.read_public(by_standby)
                assert time.monotonic() - began < 1.8 * limit
            finally:
                link.thaw()


async def test_more_than_it_can_answer_in_time_goes_to_the_primary(database: Database) -> None:
    async def slow(tx: Transaction) -> bool:
        [row] = await tx.fetch("SELECT pg_is_in_recovery() AS standby, pg_sleep(0.3)")
        return bool(row["standby"])

    began = time.monotonic()
    answers = await asyncio.gather(*[database.read_public(slow) for _ in range(16)])
    assert {*answers} == {True, False}
    assert time.monotonic() - began < 2 * SOON


async def test_where_the_address_leads_to_the_primary_it_answers_and_the_log_says_so(
    two: Two, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(two[0].url(name), two[0].url(name)) as database:
        for n in range(1, 20):
            await store(database, n)
            assert await seen(database) == n
        await until_said(caplog, "no standby can be asked: ")
        assert not (await database.read_public(by_standby))[0]


async def test_the_standby_of_another_primary_is_not_asked(
    two: Two, name: str, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(postgres_url, two[1].url(name)) as database:
        await database.write(instance.identify, instance.Instance("2" * 32, ""), 0)
        await store(database, 1)
        await until_said(caplog, "it is a standby of another primary")
        assert await database.read_public(by_standby) == (False, 1)


async def test_sqlite_answers_itself(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.open()
    try:
        assert await database.read_public(instance.is_new)
    finally:
        await database.close()
