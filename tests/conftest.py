"""Fixtures: a fresh, migrated database of each kind for each test that asks."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import signal
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

from tests import memory
from tests.postgres import PostgresServer, Unavailable, private_server
from tests.reused import Reused
from trk.store.database import Database
from trk.store.migrate import migrate

pytest_plugins = ["pytester", "tests.selection", "tests.failures"]


def pytest_configure(config: pytest.Config) -> None:
    """Keep the short run's files in memory, and have servers hear Ctrl-C, which a shell has all
    ignore that it starts in the background."""
    if not config.getoption("--everything"):
        memory.use()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, nor among them later: they stay to the end,
    and there are millions of objects."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A private PostgreSQL server; where there can be none, the tests that need it are skipped.

    In continuous integration they fail instead: there, a skipped test would pass for a green one.
    """
    try:
        with private_server() as server:
            yield server
    except Unavailable as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"PostgreSQL: {reason}")


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer) -> str:
    asyncio.run(migrate(postgres_server.create("migrated")))
    return "migrated"


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def _postgres_databases(postgres_server: PostgresServer, _postgres_template: str) -> Reused:
    return Reused(postgres_server, _postgres_template, "test")


@pytest.fixture
def postgres_url(_postgres_databases: Reused) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database with the current schema."""
    with _postgres_databases.lend() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """The URL of a fresh SQLite database with the current schema."""
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / 'trk.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with the current schema; the test runs on both kinds."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh database, open; the test runs on both kinds."""
    opened = Database(database_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """A fresh SQLite database, open, for what storage does not touch."""
    opened = Database(sqlite_url)
    await opened.open()
    yield opened
    await opened.close()
