"""`trk entrant`: exporting and erasing one person's data, and how many browsers they may have."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.backend.stored import enter, query_write
from trk.cli import main
from trk.store import campaigns
from trk.store.database import Database

Run = Callable[..., Result]
ANN = "1@example.org"


@pytest.fixture
def trk(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `trk` with these arguments, where Ann has entered the campaign y2sB7."""
    for name in [name for name in os.environ if name.startswith("TRK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRK_DATABASE", sqlite_url)

    def run(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(main, arguments, prog_name="trk", input=answer)

    assert run("campaign", "create", "Win", "--key", "y2sB7").exit_code == 0
    asyncio.run(_enter(sqlite_url))
    return run


async def _enter(url: str) -> None:
    database = Database(url)
    await database.open()
    campaign = await database.read(campaigns.by_key, "y2sB7")
    assert campaign is not None
    await enter(database, campaign, 1)
    await database.close()


def test_a_person_is_exported_as_json_and_erased_after_a_question(trk: Run) -> None:
    exported = json.loads(trk("entrant", "export", ANN).stdout)
    assert exported["campaigns"][0]["entrant"]["email"] == ANN
    refused = trk("entrant", "erase", ANN, answer="n\n")
    assert refused.exit_code == 1
    assert f"Erase {ANN} in y2sB7? This can't be undone" in refused.stderr
    assert trk("entrant", "export", ANN).exit_code == 0
    erased = trk("entrant", "erase", ANN, answer="y\n")
    assert (erased.exit_code, erased.stdout) == (0, "Entrant 1 of y2sB7 was erased.\n")
    for command in ("export", "erase"):
        again = trk("entrant", command, ANN)
        assert again.exit_code == 1
        assert f"Nobody has entered as '{ANN}'." in again.stderr


def test_with_yes_nothing_is_asked(trk: Run) -> None:
    erased = trk("entrant", "erase", ANN.upper(), "--yes")
    assert (erased.exit_code, erased.output) == (0, "Entrant 1 of y2sB7 was erased.\n")


def test_an_export_steers_no_terminal(trk: Run, tmp_path: Path) -> None:
    hostile = "\x9b31m\u202eoof\x7f\u2028"

    async def rename() -> None:
        database = Database(f"sqlite:///{tmp_path / 'trk.db'}")
        await database.open()
        await query_write(database, f"UPDATE entrants SET name = 'Ann {hostile}'")
        await database.close()

    asyncio.run(rename())
    printed = trk("entrant", "export", ANN).stdout
    assert all(line.isprintable() for line in printed.splitlines())
    assert json.loads(printed)["campaigns"][0]["entrant"]["name"] == f"Ann {hostile}"


def test_a_person_is_allowed_more_than_ten_browsers_and_ten_again(trk: Run) -> None:
    asked = ("entrant", "browsers", ANN, "--campaign", "y2sB7", "--reason", "A school.")
    for options, said in [
        ((), "can now have more than ten browsers"),
        ((), "can already have more than ten browsers"),
        (("--ten",), "can now have at most ten browsers"),
        (("--ten",), "can already have at most ten browsers"),
    ]:
        done = trk(*asked, *options)
        assert (done.exit_code, done.stdout) == (0, f"Entrant 1 of y2sB7 {said}.\n")
    noted = trk("audit", "--thing", "entrant", "--campaign", "y2sB7", "--json").stdout.splitlines()
    assert [json.loads(line)["deed"] for line in noted] == ["changed", "changed"]
    stranger = trk("entrant", "browsers", "x@example.org", *asked[3:])
    assert (stranger.exit_code, stranger.stdout) == (1, "")
    assert "Nobody has entered as 'x@example.org'." in stranger.stderr
    assert trk("entrant", "browsers", ANN, "--campaign", "y2sB7").exit_code == 2
    assert trk(*asked[:4], "nosuch", *asked[5:]).exit_code == 1
