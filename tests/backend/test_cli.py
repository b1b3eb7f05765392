"""The command line: what can't be done is told in a sentence; the schema; lists."""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backend.command_line import Run, ok, refused

CREATE_IN_BERLIN = ("campaign", "create", "W", "--timezone", "Europe/Berlin")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("campaign", "create"), "Missing argument 'NAME'"),
        (("campaign", "create", ""), "name is ''; expected 1 to 200 characters"),
        (("campaign", "create", "Win", "--key", "y2"), "key is 'y2'; expected 5 to 40"),
        (("campaign", "create", "Win", "--key", "y2sB7"), "key is 'y2sB7', which is taken"),
        (("campaign", "create", "Win", "--kind", "raffle"), "'raffle' is not one of"),
        (("campaign", "create", "Win", "--timezone", "Berlin"), "timezone is 'Berlin'"),
        (("campaign", "create", "Win", "--starts", "soon"), "--starts is 'soon'; expected a time"),
        (
            ("campaign", "create", "W", "--starts", "2026-02-01", "--ends", "2026-01-01"),
            "ends_at is not after starts_at",
        ),
        (
            (*CREATE_IN_BERLIN, "--ends", "2026-10-25T02:30"),
            "clocks in Europe/Berlin go back, so it happens twice; expected a time with an off",
        ),
        (
            (*CREATE_IN_BERLIN, "--starts", "2026-03-29T02:30"),
            "clocks in Europe/Berlin go forward, so it doesn't exist; expected a time with an",
        ),
        ((*CREATE_IN_BERLIN, "--starts", "0001-01-01T00:00"), "expected a year from 1971"),
        (("campaign", "create", "W", "--timezone", "Factory"), "timezone is 'Factory'"),
        (("campaign", "create", "W", "--timezone", "right/UTC"), "timezone is 'right/UTC'"),
        (("campaign", "show", "nosuch"), "There is no campaign with the key 'nosuch'."),
        (("campaign", "close", "nosuch"), "There is no campaign with the key 'nosuch'."),
        (("action", "add", "nosuch", "VIP", "Be VIP"), "There is no campaign"),
        (("action", "add", "y2sB7", "VIP"), "Missing argument 'TITLE'"),
        (("action", "add", "y2sB7", "vip", "Be VIP"), "tracking_name is 'vip', which campaign"),
        (("action", "add", "y2sB7", "X", "X", "--url", "shop"), "url is 'shop'; expected an http"),
        (("action", "add", "y2sB7", "X", "X", "--worth", "-1"), "worth is -1; expected 0 to"),
        (("action", "add", "y2sB7", "X", "X", "--worth", "many"), "'many' is not a valid integer"),
        (("token", "create"), "Missing argument 'NAME'"),
        (("snippet", "nosuch"), "There is no campaign with the key 'nosuch'."),
        (("serve", "--port", "70000"), "70000 is not in the range"),
        (("serve", "--queue", "none"), "queue is 'none'; expected a whole number"),
        (("serve", "--body-timeout", "0"), "body_timeout is 0.0; expected more than 0"),
        (("serve", "--global-name", "a b"), "global_name is 'a b'; expected a JavaScript name"),
        (("serve", "--trusted-proxies", "lb"), "trusted_proxies is 'lb'; expected addresses or"),
        (("serve", "--log-format", "xml"), "log_format is 'xml'; expected text or json"),
        (("serve", "--access-log", "some"), "access_log is 'some'; expected off, on or all"),
        (("serve", "--stop-timeout", "0"), "stop_timeout is 0.0; expected 1 to 600 seconds"),
        (("serve", "--fd", "98765"), "--fd is 98765, which can't be used"),
        (("--database", "trk.db", "migrate"), "database is 'trk.db'; expected sqlite:///PATH"),
        (("--public-url", "track", "migrate"), "public_url is 'track'; expected an address"),
        (("--database", "sqlite:////dev/null/x/trk.db", "migrate"), "can't be used: "),
        (("dance",), "No such command 'dance'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_can_t_be_done_is_told_in_a_sentence(
    trk: Run, arguments: tuple[str, ...], said: str
) -> None:
    ok(trk("campaign", "create", "Win a bike", "--key", "y2sB7"))
    ok(trk("action", "add", "y2sB7", "VIP", "Be VIP"))
    refused(trk(*arguments), said)


def test_a_password_is_not_printed_when_its_database_can_t_be_reached(trk: Run) -> None:
    result = trk("--database", "postgresql://trk:s3cret@127.0.0.1:1/trk", "migrate")
    refused(result, "The database postgresql://trk:***@127.0.0.1:1/trk can't be used: ")
    assert "s3cret" not in result.output


def test_a_command_loads_nothing_that_few_of_them_need() -> None:
    heavy = ("alembic", "httpx", "trk.app", "trk.store.schema", "uvicorn", "zxcvbn")
    program = f"import sys, trk.cli; print(*[each for each in {heavy} if each in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"


def test_a_database_is_made_with_its_folder_and_to_migrate_it_twice_is_harmless(
    trk: Run, tmp_path: Path
) -> None:
    new = ("--database", f"sqlite:///{tmp_path / 'new' / 'trk.db'}")
    ok(trk(*new, "campaign", "create", "Win a bike", "--key", "y2sB7"))
    assert ok(trk(*new, "migrate")) == ok(trk(*new, "migrate"))
    assert "Win a bike" in ok(trk(*new, "campaign", "list"))


def test_a_database_of_a_newer_version_is_left_alone(trk: Run, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "trk.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    refused(trk("campaign", "list"), "9999")


def test_migrating_works_on_both_databases_from_empty(trk: Run, database_url: str) -> None:
    assert "The schema is at revision" in ok(trk("--database", database_url, "migrate"))


def test_lists_align_on_a_terminal_and_have_tabs_for_programs(trk: Run, tmp_path: Path) -> None:
    ok(trk("campaign", "create", "Win a bike", "--key", "y2sB7"))
    ok(trk("campaign", "create", "Ride\u202e", "--key", "aMuchLongerKey", "--kind", "reward"))
    ours, theirs = pty.openpty()
    try:
        command = [sys.executable, "-m", "trk", "campaign", "list"]
        assert subprocess.run(command, stdout=theirs, check=False).returncode == 0
        shown = os.read(ours, 10_000).decode().splitlines()
    finally:
        os.close(ours)
        os.close(theirs)
    assert shown == [
        "y2sB7           competition  open  Win a bike",
        "aMuchLongerKey  reward       open  Ride",
    ]
    assert ok(trk("campaign", "list")).splitlines()[0] == "y2sB7\tcompetition\topen\tWin a bike"
