"""Standbys answer what the public asks, and never with less than was stored when it was asked; one
that can't is left alone, and nobody waits for it."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, arrive, make
from tests.backend.conftest import PUBLIC_URL, beacon, client_of, running
from tests.backend.doctor_runs import doctor
from tests.backend.frozen import link_to
from tests.backend.stored import query_write
from tests.postgres import PostgresServer, Unavailable, private_server, standby_of
from trk.doctor.database import standbys
from trk.settings import Settings
from trk.store import database as store_database
from trk.store import history, instance
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.history import Mark, mark
from trk.store.migrate import migrate
from trk.store.program import Program, Transaction
from trk.store.standbys import Standbys
from trk.web.server import server_of

Two = tuple[PostgresServer, PostgresServer]
_names = count()
SOON = 3.0
"""Seconds within which whoever asks has an answer, on a busy machine, whatever a standby does."""


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    """A primary and its standby, which are as they were after each test."""
    try:
        with private_server() as primary, standby_of(primary) as standby:
            primary.set("synchronous_standby_names", "")  # one that hangs holds up no commit
            yield primary, standby
    except Unavailable as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"PostgreSQL: {reason}")


@pytest.fixture
async def name(two: Two) -> str:
    """The name of a fresh database on both."""
    made = f"standbys{next(_names)}"
    url = await asyncio.to_thread(two[0].create, made)
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


@pytest.fixture
async def database(two: Two, name: str) -> AsyncIterator[Database]:
    """A database whose standby is asked."""
    async with opened(two[0].url(name), two[1].url(name)) as made:
        await until_asked(made)
        yield made


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

    async def counted(tx: Transaction) -> Mark:
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


async def until_said(caplog: pytest.LogCaptureFixture, said: str) -> None:
    """Wait for a line of the log."""
    async with asyncio.timeout(60):
        while True:
            if said in caplog.text:
                return
            await asyncio.sleep(0.02)


@pytest.fixture
async def nodes(two: Two, name: str) -> AsyncIterator[tuple[Starlette, Starlette]]:
    """Two nodes whose standby is asked."""
    settings = Settings(
        database=two[0].url(name), public_url=PUBLIC_URL, database_read=two[1].url(name)
    )
    async with running(settings) as one, running(settings) as other:
        for each in (one, other):
            await until_asked(server_of(each).database)
        yield one, other


async def test_an_entrant_sees_at_once_what_they_have_unlocked_at_another_node(
    two: Two, nodes: tuple[Starlette, Starlette], monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(nodes[0])
    asked: list[str] = []
    ask = Standbys.ask

    async def noted(self: Standbys, program: Program[Any]) -> Any:
        answer = await ask(self, program)
        asked.append("answered")
        return answer

    monkeypatch.setattr(Standbys, "ask", noted)
    one, other = nodes
    for paused, sender, asker in ((False, one, other), (True, other, one)):
        visitor = "ab"[paused] * 32
        async with client_of(asker, accept="text/html") as browser, client_of(sender) as shop:
            await arrive(asker, browser, visitor)
            await browser.post("/y2sB7/enter", data={**ANN, "email": f"{visitor}@example.org"})
            before = await browser.get("/y2sB7/status")
            assert [each["state"] for each in before.json()["status"]["actions"]] == ["open"]
            same = {"if-none-match": before.headers["etag"]}
            assert (await browser.get("/y2sB7/status", headers=same)).status_code == 304
            assert asked, "the standby has answered so far"
            if paused:
                await asyncio.to_thread(two[1].pause)
            try:
                pushed = beacon(["VIP"], visitor=visitor)
                answer = await shop.post("/y2sB7/beacon", json=pushed)
                assert answer.status_code == 200
                began = time.monotonic()
                after = await browser.get("/y2sB7/status", headers=same)
                assert time.monotonic() - began < SOON
                assert [each["state"] for each in after.json()["status"]["actions"]] == ["done"]
                asked.clear()
                assert "Be VIP" in (await browser.get(PAGE)).text
                assert bool(asked) is not paused
            finally:
                await asyncio.to_thread(two[1].resume)


async def test_doctor_says_whether_one_can_be_asked(two: Two, name: str, postgres_url: str) -> None:
    url, standby = two[0].url(name), two[1].url(name)
    for database, read, status, said in (
        (url, standby, "ok", "in step with the primary"),
        (url, url, "warning", "none can be asked: "),
        (url, f"{url}/nowhere", "warning", "none can be asked: "),
        (postgres_url, standby, "warning", "none can be asked: it is a standby of another primary"),
    ):
        _, found = await asyncio.to_thread(
            doctor, database, "http://localhost:1", TRK_DATABASE_READ=read
        )
        assert found["standbys"].status == status, (read, found["standbys"])
        assert said in found["standbys"].found
    assert standbys(2**30, None).status == "warning"
    assert "standbys" not in (await asyncio.to_thread(doctor, url, "http://localhost:1"))[1]


async def test_sqlite_answers_itself(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.open()
    try:
        assert await database.read_public(instance.is_new)
    finally:
        await database.close()
