"""Which address `trk` prints beside a server that was told its own by `serve` only."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trk.app import create_app
from trk.cli import main
from trk.core.address import is_local
from trk.settings import Settings
from trk.store.database import Database
from trk.store.instance import address
from trk_sdk import snippet
from trk_sdk.testkit.process import Server

SERVERS = "https://track.example.org"
Run = Callable[..., Result]


@pytest.fixture
def trk(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `trk` without an address of its own, on a database with the campaign y2sB7."""
    for name in [name for name in os.environ if name.startswith("TRK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRK_DATABASE", sqlite_url)

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(main, arguments, prog_name="trk")
        assert result.exit_code == 0, result.output
        return result

    run("campaign", "create", "Win a bike", "--key", "y2sB7")
    return run


def served(folder: Path, public_url: str) -> None:
    """Start the server with an address that no command is given, and stop it."""

    async def serve() -> None:
        app = create_app(Settings(database=f"sqlite:///{folder / 'trk.db'}", public_url=public_url))
        async with app.router.lifespan_context(app):
            pass

    asyncio.run(serve())


def serve_process(folder: Path, public_url: str) -> None:
    """The same by the command, whose address is given to `serve` only."""
    command = [sys.executable, "-m", "trk", "serve", "--public-url", public_url]
    server = Server(command, folder / "log")
    try:
        server.start({**os.environ, "TRK_WORKERS": "1"})
    finally:
        server.close()


async def test_a_server_notes_its_address_at_each_start(database_url: str) -> None:
    for public_url in (SERVERS, "https://other.example.org"):
        app = create_app(Settings(database=database_url, public_url=public_url))
        async with app.router.lifespan_context(app):
            pass
        database = Database(database_url, readers=1)
        await database.open()
        try:
            assert await database.read(address) == public_url
        finally:
            await database.close()


def test_what_serve_was_told_is_what_commands_print(trk: Run, tmp_path: Path) -> None:
    serve_process(tmp_path, SERVERS)
    printed = trk("snippet", "y2sB7")
    assert snippet.loader("y2sB7", SERVERS) in printed.stdout
    assert printed.stderr == ""
    assert f'src="{SERVERS}/y2sB7/trk-' in trk("snippet", "y2sB7", "--pinned").stdout
    assert f"{SERVERS}/y2sB7" in trk("campaign", "show", "y2sB7").stdout
    assert f"{SERVERS}/bikes" in trk("campaign", "create", "Bikes", "--key", "bikes").stdout


@pytest.mark.parametrize("way", ["flag", "variable"])
def test_an_address_that_differs_from_the_servers_is_printed_with_a_warning(
    trk: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    served(tmp_path, SERVERS)
    other = "https://other.example.org"
    if way == "variable":
        monkeypatch.setenv("TRK_PUBLIC_URL", other)
    flag = ("--public-url", other) if way == "flag" else ()
    printed = trk(*flag, "snippet", "y2sB7")
    assert snippet.loader("y2sB7", other) in printed.stdout
    assert printed.stderr == (
        "Warning: The server for this database was last started with the address "
        f"{SERVERS}, but this command uses {other}.\n"
    )


def test_an_address_of_this_machine_is_printed_with_a_warning(trk: Run, tmp_path: Path) -> None:
    served(tmp_path, "http://localhost:8100")
    printed = trk("snippet", "y2sB7")
    assert snippet.loader("y2sB7", "http://localhost:8100") in printed.stdout
    assert "http://localhost:8100 is for this machine only" in printed.stderr
    assert "Warning" not in printed.stdout
    same = trk("--public-url", "http://localhost:8100", "snippet", "y2sB7")
    assert "for this machine only" in same.stderr


def test_before_any_server_has_run_the_default_is_called_so(trk: Run) -> None:
    printed = trk("snippet", "y2sB7")
    assert snippet.loader("y2sB7", "http://localhost:8000") in printed.stdout
    assert "No server has run with this database yet" in printed.stderr
    assert trk("--public-url", SERVERS, "snippet", "y2sB7").stderr == ""


@pytest.mark.parametrize(
    ("host", "local"),
    [
        *((host, True) for host in ("localhost", "LOCALHOST.", "shop.localhost", "127.0.0.1")),
        *((host, True) for host in ("127.8.8.8", "::1", "[::1]", "0.0.0.0")),
        *((host, False) for host in ("track.example.org", "localhost.example", "10.0.0.1", "")),
    ],
)
def test_which_hosts_are_this_machine(host: str, local: bool) -> None:
    assert is_local(host) is local
