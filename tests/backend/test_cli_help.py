"""The help of the command line: there for each command, whole, and with every setting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from tests.backend.command_line import Run, ok
from trk.cli import main
from trk.settings import Settings


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
    new = ("--database", f"sqlite:///{tmp_path / 'new' / 'trk.db'}")
    assert "Usage: trk" in ok(trk(*new, *command, "--help"))
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
