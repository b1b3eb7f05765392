"""`trk owner`, and the link with which `trk serve` lets the first owner in."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette

from tests.backend.conftest import client_of
from trk.cli import main
from trk.cli.work import with_database
from trk.services.accounts import make_setup_link
from trk.settings import Settings
from trk.store import owners
from trk.store.database import Database
from trk.web.server import server_of


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(database=sqlite_url, public_url="https://track.test")


def trk(settings: Settings, *arguments: str) -> Result:
    flags = ("--database", settings.database, "--public-url", settings.public_url)
    return CliRunner().invoke(main, (*flags, *arguments), prog_name="trk")


def make_owner(settings: Settings) -> None:
    async def make(database: Database) -> None:
        await database.write(
            owners.add,
            name="Ann",
            email="ann@example.org",
            password_hash="x",
            first=True,
            session_hash="y",
            now=1,
        )

    with_database(settings, make)


def test_owners_are_listed(settings: Settings) -> None:
    assert trk(settings, "owner", "list").output == ""
    make_owner(settings)
    assert trk(settings, "owner", "list").output == "ann@example.org\tAnn\n"


def test_a_reset_prints_a_link_and_ends_all_sessions(settings: Settings) -> None:
    make_owner(settings)
    printed = trk(settings, "owner", "reset", "Ann@example.org")
    assert printed.exit_code == 0
    assert re.fullmatch(r"https://track\.test/admin/link/[\w-]{32}\n", printed.output)

    async def look(database: Database) -> None:
        assert await database.read(owners.by_session, "y", 1) is None
        account = await database.read(owners.by_email, "ann@example.org")
        assert account is not None
        assert account.password_hash == ""

    with_database(settings, look)


def test_a_reset_of_nobody_is_told_in_a_sentence(settings: Settings) -> None:
    refused = trk(settings, "owner", "reset", "bob@example.org")
    assert refused.exit_code == 1
    assert "There is no owner with the e-mail 'bob@example.org'" in refused.stderr
    assert refused.stdout == ""


def log_of_serving(settings: Settings, path: str) -> tuple[str, str]:
    """What the server logs from start to end, and where it leads who opens `path` meanwhile."""
    process = subprocess.Popen(
        [sys.executable, "-m", "trk", "serve", "--port", "0"],
        env={
            **os.environ,
            "TRK_WORKERS": "1",
            "TRK_DATABASE": settings.database,
            "TRK_PUBLIC_URL": settings.public_url,
            "PYTHONUNBUFFERED": "1",
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    log = ""
    try:
        for line in process.stderr:
            log += line
            if "startup complete" in line:
                break
        port = re.findall(r"port (\d+)", log)[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            address: str = answer.geturl()
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.stderr.read(), process.wait(60)
        process.stderr.close()
    return log + rest, address


def test_the_server_shows_a_link_to_set_it_up_until_it_has_an_owner(
    settings: Settings, tmp_path: Path
) -> None:
    log, _ = log_of_serving(settings, "/healthz")
    token = re.findall(r"Set up this server: https://track\.test/admin/setup\?token=(\S+)", log)[0]
    with pytest.raises(urllib.error.HTTPError) as refused:
        log_of_serving(settings, "/admin")
    assert refused.value.code == 403
    refused.value.close()
    # A link outlives the process that has shown it.
    _, address = log_of_serving(settings, f"/admin/setup?token={token}")
    assert address.endswith(token)
    make_owner(settings)
    log, address = log_of_serving(settings, "/")
    assert "Set up this server" not in log
    assert "/admin/sign-in" in address


GOOD = "pedal teapot harvest"


def created(settings: Settings, *arguments: str, typed: str) -> Result:
    flags = ("--database", settings.database, "--public-url", settings.public_url)
    return CliRunner().invoke(main, (*flags, "owner", "create", *arguments), input=typed)


async def test_an_owner_is_made_without_a_browser_and_signs_in(sqlite_app: Starlette) -> None:
    settings = server_of(sqlite_app).settings
    link = await make_setup_link(server_of(sqlite_app).database, settings)
    assert link is not None
    for email in ("ann@example.org", "bob@example.org"):
        made = await asyncio.to_thread(created, settings, email, "Ann", typed=f"{GOOD}\n")
        assert (made.exit_code, made.stdout) == (0, f"{email} is now an owner and can sign in.\n")
    async with client_of(sqlite_app, accept="text/html", sec_fetch_site="same-origin") as browser:
        assert (await browser.get(link)).headers["location"] == "/admin"
        form = {"sign_in_email": "bob@example.org", "sign_in_password": GOOD}
        answer = await browser.post("/admin/sign-in", data=form)
        assert answer.status_code == 303, answer.text
        assert (await browser.get("/admin/campaigns")).status_code == 200


@pytest.mark.parametrize(
    ("email", "name", "typed", "said"),
    [
        ("ann", "Ann", GOOD, "Enter an e-mail address"),
        ("ann@example.org", " ", GOOD, "Enter your name"),
        ("ann@example.org", "Ann", "short", "at least 10 characters"),
        ("ann@example.org", "Ann", "password1234", "common password"),
        ("ann@example.org", "Ann", "", "at least 10 characters"),
    ],
)
def test_an_account_with_a_mistake_is_refused_and_not_made(
    settings: Settings, email: str, name: str, typed: str, said: str
) -> None:
    refused = created(settings, email, name, typed=typed)
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert trk(settings, "owner", "list").output == ""


def test_an_owner_is_made_once_and_keeps_the_password(settings: Settings) -> None:
    assert created(settings, "ann@example.org", "Ann", typed=GOOD).exit_code == 0
    again = created(settings, "Ann@example.org", "Ann", typed="another teapot harvest")
    assert (again.exit_code, "is already an owner" in again.stderr) == (1, True)
    same = created(settings, "ann@example.org", "Ann", "--if-missing", typed=GOOD)
    assert (same.exit_code, same.stdout) == (0, "ann@example.org is already an owner.\n")
    assert trk(settings, "owner", "list").output == "ann@example.org\tAnn\n"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("山田\u3000太郎", "山田 太郎"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("\u202eJean\u00a0Paul\u2069", "Jean Paul"),
    ],
)
def test_an_owner_has_a_name_as_people_write_it(settings: Settings, typed: str, name: str) -> None:
    made = created(settings, "ann@example.org", typed, typed=GOOD)
    assert made.exit_code == 0, made.output

    async def look(database: Database) -> None:
        account = await database.read(owners.by_email, "ann@example.org")
        assert account is not None
        assert account.owner.name == name

    with_database(settings, look)
