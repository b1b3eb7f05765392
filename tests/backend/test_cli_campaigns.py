"""`trk campaign`, `trk draw` and `trk snippet`: from a draft to its winners."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.backend.command_line import Run, ok, refused
from trk.cli import main
from trk_sdk import snippet


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
    refused(trk("campaign", "close", "y2sB7"), "y2sB7 is a draft. Publish it first")
    refused(trk("snippet", "y2sB7", "--pinned"), "y2sB7 is a draft. Publish it first")
    for option in ((), ("--yes",)):
        refused(
            trk("campaign", "publish", "y2sB7", *option),
            "y2sB7 can't be published yet. Add an action: Without one, there is nothing to "
            "complete. Add a prize: Without one, there is nothing to win.",
        )
    ok(trk("action", "add", "y2sB7", "VIP", "Be VIP"))
    with closing(sqlite3.connect(tmp_path / "trk.db")) as database, database:
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
    with closing(sqlite3.connect(tmp_path / "trk.db")) as database, database:
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


def test_the_snippet_has_both_scripts_with_the_real_host(trk: Run) -> None:
    ok(trk("campaign", "create", "Win a bike", "--key", "y2sB7"))
    printed = ok(trk("snippet", "y2sB7", "it's"))
    assert snippet.loader("y2sB7", "https://track.test") in printed
    assert "Gleam.push(['it\\'s', 'myValue']);" in printed


def test_the_snippet_pushes_the_first_actions_name_and_says_if_no_action_has_another(
    trk: Run,
) -> None:
    ok(trk("campaign", "create", "Win a bike", "--key", "y2sB7"))
    assert "Gleam.push(['VIP', 'myValue']);" in ok(trk("snippet", "y2sB7"))
    ok(trk("action", "add", "y2sB7", "Purchase", "Buy"))
    ok(trk("action", "add", "y2sB7", "Newsletter", "Subscribe"))
    assert "Gleam.push(['Purchase', 'myValue']);" in ok(trk("snippet", "y2sB7"))
    public = ("--public-url", "https://track.test")
    assert trk(*public, "snippet", "y2sB7", "newsletter").stderr == ""
    said = trk(*public, "snippet", "y2sB7", "VIP").stderr
    assert said == (
        "Warning: No action of campaign y2sB7 has the tracking name 'VIP'; expected one of "
        "'Purchase', 'Newsletter'.\n"
    )


def test_a_pinned_snippet_has_an_address_of_its_own_and_a_hash(trk: Run) -> None:
    ok(trk("campaign", "create", "Win a bike", "--key", "y2sB7"))
    printed = ok(trk("snippet", "y2sB7", "--pinned"))
    assert 'src="https://track.test/y2sB7/trk-' in printed
    assert 'integrity="sha384-' in printed
    assert ok(trk("snippet", "y2sB7", "--pinned")) == printed
