"""The command line: each command with good and bad arguments, its exit status and what it says."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from trk.cli import main
from trk.settings import Settings
from trk_sdk import snippet

Run = Callable[..., Result]
CREATE_IN_BERLIN = ("campaign", "create", "W", "--timezone", "Europe/Berlin")


@pytest.fixture
def trk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `trk` with these arguments on a database in a folder that does not exist yet."""
    for name in [name for name in os.environ if name.startswith("TRK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRK_DATABASE", f"sqlite:///{tmp_path / 'new' / 'trk.db'}")
    monkeypatch.setenv("TRK_PUBLIC_URL", "https://track.test")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="trk")

    return run


def ok(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def refused(result: Result, said: str) -> None:
    """It failed with one sentence that has `said` in it, not with a traceback."""
    assert result.exit_code in (1, 2), result.output
    assert isinstance(result.exception, SystemExit)
    assert said in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_a_campaign_runs_to_the_end_of_a_day_that_is_given_without_a_time(trk: Run) -> None:
    berlin = ("--timezone", "Europe/Berlin")
    ok(trk("campaign", "create", "Win", "--key", "y2sB7", *berlin, "--ends", "2490-12-24"))
    shown = ok(trk("campaign", "show", "y2sB7"))
    assert "ends\t2490-12-24T22:59:59.999Z" in shown


def test_a_campaign_is_created_shown_listed_and_closed(trk: Run) -> None:
    made = ok(
        trk(
            *("campaign", "create", "Win a bike", "--key", "y2sB7", "--kind", "reward"),
            *("--timezone", "Europe/Berlin", "--description", "**Ride**"),
            *("--starts", "2020-01-01", "--ends", "2490-06-30T18:00-02:00"),
        )
    )
    assert made == "y2sB7\tWin a bike\thttps://track.test/y2sB7\n"
    ok(trk("action", "add", "y2sB7", "VIP", "Be VIP", "--worth", "5", "--frequency", "daily"))
    shown = ok(trk("campaign", "show", "y2sB7"))
    assert "y2sB7\treward\tWin a bike\thttps://track.test/y2sB7" in shown
    assert "open, in the time zone Europe/Berlin" in shown
    assert "starts\t2019-12-31T23:00:00.000Z" in shown  # midnight in Berlin
    assert "ends\t2490-06-30T20:00:00.000Z" in shown
    assert "VIP\tBe VIP\t+5\tdaily" in shown
    assert ok(trk("campaign", "close", "y2sB7")) == "y2sB7 is closed.\n"
    assert ok(trk("campaign", "list")) == "y2sB7\treward\tclosed\tWin a bike\n"
    assert ok(trk("campaign", "close", "y2sB7")) == "y2sB7 is closed.\n"


def test_a_draft_is_published_once_it_has_what_it_needs_and_after_asking(
    trk: Run, tmp_path: Path
) -> None:
    ok(trk("campaign", "create", "Win", "--key", "y2sB7", "--draft"))
    assert ok(trk("campaign", "list")) == "y2sB7\tcompetition\tdraft\tWin\n"
    refused(trk("campaign", "close", "y2sB7"), "y2sB7 is a draft; expected to publish it first")
    refused(trk("snippet", "y2sB7", "--pinned"), "y2sB7 is a draft; expected to publish it first")
    for option in ((), ("--yes",)):
        refused(trk("campaign", "publish", "y2sB7", *option), "Add an action")
    ok(trk("action", "add", "y2sB7", "VIP", "Be VIP"))
    with closing(sqlite3.connect(tmp_path / "new" / "trk.db")) as database, database:
        database.execute(
            "INSERT INTO prizes (campaign_id, position, title, winners) VALUES (1, 0, 'Bike', 1)"
        )
    asked = CliRunner().invoke(main, ["campaign", "publish", "y2sB7"], input="n\n")
    assert asked.exit_code == 1
    assert "Set an end" in asked.output
    assert "draft" in ok(trk("campaign", "list"))
    asked = CliRunner().invoke(main, ["campaign", "publish", "y2sB7"], input="y\n")
    assert ok(asked).endswith("y2sB7 is published.\n")
    assert "open" in ok(trk("campaign", "list"))
    assert ok(trk("campaign", "publish", "y2sB7", "--yes")) == "y2sB7 is published.\n"


def test_winners_are_announced_once(trk: Run, tmp_path: Path) -> None:
    ok(trk("campaign", "create", "Win", "--key", "y2sB7", "--ends", "2020-01-01T00:00"))
    ok(trk("action", "add", "y2sB7", "VIP", "Be VIP"))
    refused(trk("draw", "announce", "y2sB7"), "has no draw yet")
    with closing(sqlite3.connect(tmp_path / "new" / "trk.db")) as database, database:
        database.execute(
            "INSERT INTO prizes (campaign_id, position, title, winners) VALUES (1, 0, 'Bike', 1)"
        )
        database.execute(
            "INSERT INTO entrants (campaign_id, name, email, email_folded, created_at) "
            "VALUES (1, 'Ann', 'ann@example.org', 'ann@example.org', 1)"
        )
        database.execute(
            "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, source, "
            "happened_at, completed_at) VALUES (1, 1, 1, '', 1, 'api', 1, 1)"
        )
    ok(trk("draw", "make", "y2sB7"))
    assert ok(trk("draw", "announce", "y2sB7")) == "The winners of y2sB7 are announced.\n"
    refused(trk("draw", "announce", "y2sB7"), "were announced already, at 20")


def test_a_key_is_made_up_where_none_is_given(trk: Run) -> None:
    key = ok(trk("campaign", "create", "Win")).split("\t")[0]
    assert key in ok(trk("campaign", "list"))


@pytest.mark.parametrize(
    ("smtp", "option", "asks"),
    [
        ("", (), False),
        ("smtp://127.0.0.1:1", (), True),
        ("smtp://127.0.0.1:1", ("--unconfirmed-too",), False),
        ("", ("--confirmed-only",), True),
    ],
)
def test_a_new_campaign_counts_only_confirmed_e_mails_where_mails_can_be_sent(
    trk: Run, monkeypatch: pytest.MonkeyPatch, smtp: str, option: tuple[str, ...], asks: bool
) -> None:
    monkeypatch.setenv("TRK_SMTP", smtp)
    ok(trk("campaign", "create", "Win", "--key", "y2sB7", *option))
    assert ("only confirmed e-mails count" in ok(trk("campaign", "show", "y2sB7"))) is asks


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


def test_migrating_twice_is_harmless(trk: Run) -> None:
    assert ok(trk("migrate")) == ok(trk("migrate"))


def test_a_database_of_a_newer_version_is_left_alone(trk: Run, tmp_path: Path) -> None:
    ok(trk("migrate"))
    with sqlite3.connect(tmp_path / "new" / "trk.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    refused(trk("campaign", "list"), "9999")


def test_migrating_works_on_both_databases_from_empty(trk: Run, database_url: str) -> None:
    assert "The schema is at revision" in ok(trk("--database", database_url, "migrate"))


def test_a_token_is_printed_once_and_stored_as_a_hash(trk: Run, tmp_path: Path) -> None:
    token = ok(trk("token", "create", "laptop")).strip()
    assert token.startswith("trk_")
    assert token.encode() not in (tmp_path / "new" / "trk.db").read_bytes()


def test_tokens_are_narrowed_listed_and_revoked(trk: Run) -> None:
    ok(trk("campaign", "create", "Win a bike", "--key", "y2sB7"))
    ok(trk("token", "create", "laptop"))
    narrow = ("--scope", "beacons", "--scope", "read", "--days", "90", "--campaign", "y2sB7")
    ok(trk("token", "create", "shop", *narrow))
    first, second = (line.split("\t") for line in ok(trk("token", "list")).splitlines())
    assert first[1:] == [
        *("laptop", "read,personal,write,beacons,draw", "all campaigns", "forever", "never used"),
    ]
    assert second[1:4] == ["shop", "read,beacons", "y2sB7"]
    assert second[4].startswith("until 20")
    ok(trk("token", "revoke", first[0]))
    assert len(ok(trk("token", "list")).splitlines()) == 1
    refused(trk("token", "revoke", first[0]), f"There is no token with the id {first[0]}.")
    refused(trk("token", "create", "x", "--campaign", "nosuch"), "There is no campaign")
    refused(trk("token", "create", "x", "--scope", "admin"), "'admin' is not one of")


def test_the_snippet_has_both_scripts_with_the_real_host(trk: Run) -> None:
    ok(trk("campaign", "create", "Win a bike", "--key", "y2sB7"))
    printed = ok(trk("snippet", "y2sB7", "it's"))
    assert snippet.loader("y2sB7", "https://track.test") in printed
    assert "Gleam.push(['it\\'s', 'myValue']);" in printed


def test_a_pinned_snippet_has_an_address_of_its_own_and_a_hash(trk: Run) -> None:
    ok(trk("campaign", "create", "Win a bike", "--key", "y2sB7"))
    printed = ok(trk("snippet", "y2sB7", "--pinned"))
    assert 'src="https://track.test/y2sB7/trk-' in printed
    assert 'integrity="sha384-' in printed
    assert ok(trk("snippet", "y2sB7", "--pinned")) == printed


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("serve",),
        ("migrate",),
        ("campaign",),
        ("campaign", "create"),
        ("campaign", "close"),
        ("action", "add"),
        ("token", "create"),
        ("token", "list"),
        ("token", "revoke"),
        ("snippet",),
    ],
    ids=" ".join,
)
def test_help_is_there_without_a_database(
    trk: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert "Usage: trk" in ok(trk(*command, "--help"))
    assert not (tmp_path / "new").exists()


def groups(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        yield path
        for name, each in command.commands.items():
            yield from groups(each, *path, name)


@pytest.mark.parametrize("width", ["40", "80", "200"])
@pytest.mark.parametrize("path", [*groups(main)], ids=" ".join)
def test_the_help_cuts_no_summary_off(
    trk: Run, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...], width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    said = ok(trk(*path, "--help")).split("Commands:")[1]
    group: click.Command = main
    for name in path:
        assert isinstance(group, click.Group)
        group = group.commands[name]
    assert isinstance(group, click.Group)
    for name, command in group.commands.items():
        assert command.help is not None
        first = re.split(r"(?<=\.)\s", " ".join(command.help.split()))[0]
        assert f"{name} {first}" in " ".join(said.split())
    assert "..." not in said


def test_the_texts_of_all_options_of_serve_stand_in_one_column(trk: Run) -> None:
    said = ok(trk("serve", "--help")).partition("Listening:")[2]
    lines = said.splitlines()
    columns = {
        len(found[1]) for line in lines if (found := re.match(r"(  -\S.{0,28}?  +| {10,})\S", line))
    }
    assert len(columns) == 1


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


def test_every_setting_is_an_option_of_serve_whose_help_has_its_variable_and_default(
    trk: Run,
) -> None:
    said = " ".join(ok(trk("serve", "--help")).split())
    options = dict(re.findall(r"(--[a-z-]+) (.*?\])", said))
    for field in fields(Settings):
        default = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
        default = "no" if field.default is False else default or "none"
        expected = f"[TRK_{field.name.upper()}; default: {default}]"
        assert options[f"--{field.name.replace('_', '-')}"].endswith(expected)
    for heading in ("Listening:", "E-mails and webhooks:", "Logs and metrics:", "Stopping:"):
        assert heading in said


def test_what_serve_needs_may_stand_before_or_behind_it(trk: Run) -> None:
    refused(trk("serve", "--database", "trk.db"), "database is 'trk.db'; expected sqlite:///PATH")
    refused(trk("--database", "trk.db", "serve"), "database is 'trk.db'; expected sqlite:///PATH")


def test_a_busy_port_is_told_in_a_sentence(trk: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(trk("serve", "--port", str(port)), f"Can't listen on 127.0.0.1, port {port}: ")


@pytest.fixture
def bound() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_the_server_serves_on_a_socket_that_is_bound_already_and_stops_cleanly(
    bound: socket.socket, tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    process = subprocess.Popen(
        [sys.executable, "-m", "trk", "serve", "--fd", str(bound.fileno())],
        pass_fds=[bound.fileno()],
        env={**os.environ, "TRK_DATABASE": f"sqlite:///{tmp_path / 'trk.db'}"},
        stderr=subprocess.PIPE,
    )
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=60) as answer:
            assert answer.read() == b"ok\n"
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert b"Application shutdown complete" in log
    assert b"Traceback" not in log
