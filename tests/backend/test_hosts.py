"""Several hosts in PostgreSQL's address: one that hangs or is gone keeps nobody from the others."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from tests.backend.frozen import SOCKET
from trk.store import hosts
from trk.store.database import Database
from trk.store.dsn import connecting
from trk.store.program import number


@pytest.fixture
async def hung() -> AsyncIterator[str]:
    """The folder with the socket of a server that takes connections and never says anything."""
    with tempfile.TemporaryDirectory(prefix="trk-") as folder:
        kept = []
        server = await asyncio.start_unix_server(
            lambda _, writer: kept.append(writer), Path(folder) / SOCKET
        )
        yield folder
        server.close()
        for writer in kept:
            writer.close()


def through(url: str, *named: str) -> str:
    """The database, at these hosts; `real` is the one where it is."""
    [folder] = parse_qs(urlsplit(url).query)["host"]
    there = ",".join(folder if each == "real" else each for each in named)
    return f"postgresql://trk@{urlsplit(url).path}?host={there}"


@pytest.mark.parametrize(
    "order", [("hung", "real"), ("real", "hung"), ("/nowhere", "hung", "real")]
)
@pytest.mark.parametrize("wanted", ["", "&target_session_attrs=read-write"])
async def test_a_host_that_hangs_is_passed_over(
    postgres_url: str, hung: str, order: tuple[str, ...], wanted: str
) -> None:
    url = through(postgres_url, *(hung if each == "hung" else each for each in order)) + wanted
    database = Database(url)
    began = time.monotonic()
    await database.open()
    try:
        assert await database.read(number, "SELECT 1 AS n") == 1
        assert time.monotonic() - began < 4
    finally:
        await database.close()


async def test_where_all_hang_it_is_said_within_the_time_of_one(hung: str) -> None:
    url = f"postgresql://trk@/name?host={hung},{hung}&connect_timeout=2"
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=f"{hung} did not answer in time"):
        await hosts.connect(**connecting(url))
    assert time.monotonic() - began < 4


async def test_of_two_that_answer_the_first_is_taken(postgres_url: str, tmp_path: Path) -> None:
    # The second is the same server, under another name.
    [folder] = parse_qs(urlsplit(postgres_url).query)["host"]
    with tempfile.TemporaryDirectory(prefix="trk-") as other:
        (Path(other) / "there").symlink_to(folder)
        for first, second in ((folder, f"{other}/there"), (f"{other}/there", folder)):
            raw = await hosts.connect(**connecting(through(postgres_url, first, second)))
            assert raw._addr == f"{first}/{SOCKET}"
            await raw.close()


async def test_what_a_server_says_is_told_before_that_another_is_not_there(
    postgres_url: str,
) -> None:
    url = through(postgres_url, "real", "/nowhere").replace("trk@", "nobody@")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="nobody"):
        await hosts.connect(**connecting(url))


async def test_a_connection_that_was_lost_while_nobody_used_it_costs_nobody_an_error(
    postgres_url: str,
) -> None:
    database = Database(postgres_url)
    await database.open()
    observer = await asyncpg.connect(postgres_url)
    try:
        others = (
            "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        async with asyncio.timeout(30):
            while await observer.fetchval(f"SELECT COUNT(*) {others}") < 6:
                pass
        ended = await observer.fetch(f"SELECT pg_terminate_backend(pid, 5000) AS well {others}")
        assert [row["well"] for row in ended] == [True] * 6
        for _ in range(8):
            assert await database.read(number, "SELECT 1 AS n") == 1
            assert await database.write(number, "SELECT 1 AS n") == 1
    finally:
        await observer.close()
        await database.close()
