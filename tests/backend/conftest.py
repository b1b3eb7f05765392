"""Fixtures: the server as an ASGI application with its lifespan, clients that speak to it, the
server as a process, the command line, and mail servers."""

from __future__ import annotations

import asyncio
import itertools
import os
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result
from starlette.applications import Starlette

from tests.backend.command_line import Run
from tests.backend.mail_servers import Inbox, Serve, mail_server
from tests.backend.receiver import Receiver, receiving
from trk.app import create_app
from trk.cli import main
from trk.services.passwords import Passwords
from trk.services.tokens import make_token
from trk.settings import Settings
from trk.store import campaigns
from trk.store.database import Database
from trk.store.storing import StoringHere
from trk.store.writer import Writer
from trk.web.server import server_of
from trk_sdk.testkit.process import Backend

PUBLIC_URL = "http://track.test"

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Real hashes, but not worth what they cost: a thousand tests set a password."""

TRUSTED = ssl.create_default_context()
"""To read the system's certificates anew takes longer than a test."""

_beacons = itertools.count()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Starlette]:
    """The application while it runs."""

    def on_fatal() -> None:
        raise AssertionError("the writer has failed")

    app = create_app(settings, on_fatal, passwords=Passwords(CHEAP), tls=TRUSTED)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Starlette]:
    """The running application on a fresh database; the test runs on both kinds."""
    async with running(Settings(database=database_url, public_url=PUBLIC_URL)) as started:
        yield started


@pytest.fixture
async def sqlite_app(sqlite_url: str) -> AsyncIterator[Starlette]:
    """The running application on a fresh SQLite database, for what storage does not touch."""
    async with running(Settings(database=sqlite_url, public_url=PUBLIC_URL)) as started:
        yield started


def client_of(app: Starlette, **headers: str) -> httpx.AsyncClient:
    """A client with its own cookies; it follows no redirects. A header's `_` stands for a `-`."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url=PUBLIC_URL,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


async def api_of(app: Starlette, name: str = "tests", **token: Any) -> httpx.AsyncClient:
    """A client of the API with a token of this name."""
    made = await server_of(app).database.write(make_token, name, **token)
    return with_token(app, made.token)


def with_token(app: Starlette, token: str) -> httpx.AsyncClient:
    """A client of the API with this token."""
    client = client_of(app, authorization=f"Bearer {token}")
    client.base_url = httpx.URL(f"{PUBLIC_URL}/api/v1")
    return client


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, as far as it can be told from what it asks for, on both databases."""
    async with client_of(app, accept="text/html") as client:
        yield client


@pytest.fixture
async def other(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Another browser."""
    async with client_of(app, accept="text/html") as client:
        yield client


@pytest.fixture
async def sqlite_browser(sqlite_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """The same for what storage does not touch."""
    async with client_of(sqlite_app, accept="text/html") as client:
        yield client


@pytest.fixture
async def api(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API with a token, on both databases."""
    async with await api_of(app) as client:
        yield client


@pytest.fixture
async def sqlite_api(sqlite_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API with a token, for what storage does not touch."""
    async with await api_of(sqlite_app) as client:
        yield client


class TokenedBackend(Backend):
    """A server, not started yet, whose API token is made here: a process for it would take as long
    as the server's start."""

    def __init__(self, directory: Path, database: str) -> None:
        super().__init__(directory, database)
        self._token = asyncio.run(_token(database))


async def _token(url: str) -> str:
    database = Database(url)
    await database.open()
    try:
        return (await database.write(make_token, "testkit")).token
    finally:
        await database.close()


@pytest.fixture
def backend(database_url: str, tmp_path: Path) -> Iterator[Backend]:
    """A server of the test's own that is not started yet; the test runs on both databases."""
    made = TokenedBackend(tmp_path / "trk", database_url)
    yield made
    made.close()


@pytest.fixture
def sqlite_backend(sqlite_url: str, tmp_path: Path) -> Iterator[Backend]:
    """The same on SQLite alone, for what storage does not touch."""
    made = TokenedBackend(tmp_path / "trk", sqlite_url)
    yield made
    made.close()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each campaign is a large one: what takes longer in those goes in parts."""
    monkeypatch.setattr(campaigns, "LARGE", 0)


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    """An endpoint of webhooks, and its address."""
    with receiving() as made:
        yield made


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[Writer]:
    """A writer at work on a fresh database, without the application around it."""
    made = Writer(StoringHere(database))
    task = asyncio.create_task(made.run())
    yield made
    made.close()
    await task


@pytest.fixture
def trk(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `trk` with these arguments on a fresh database."""
    for name in [name for name in os.environ if name.startswith("TRK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRK_DATABASE", sqlite_url)
    monkeypatch.setenv("TRK_PUBLIC_URL", "https://track.test")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="trk")

    return run


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, str]]:
    """A real mail server: its inbox, and the setting for it."""
    handler = Inbox()
    with mail_server(handler) as setting:
        yield handler, setting


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts mail servers for handlers: the setting for each."""
    with ExitStack() as started:
        yield lambda handler, **options: started.enter_context(mail_server(handler, **options))


def beacon(*pairs: list[str | None], visitor: str = "a" * 32, **fields: Any) -> object:
    """A beacon's body with an id of its own, and with other `fields` as given."""
    made = f"{int(time.time()) & 0xFFFFFFFF:08x}-0000-7000-8000-{next(_beacons):012x}"
    return {"id": made, "visitor": visitor, "pairs": list(pairs), **fields}
