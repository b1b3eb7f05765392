"""docs/operating.md says what is true."""

from __future__ import annotations

import re
from dataclasses import fields

import click

from tests.backend.operating import FILES, PAGE, VARIABLES
from trk.cli import main, serving
from trk.services.metrics import Metrics
from trk.settings import Settings


def shown(default: object) -> str:
    text = f"{default:g}" if isinstance(default, float) else str(default)
    text = "no" if default is False else text
    return f"`{text}`" if text else "none"


def test_the_table_of_settings_has_every_one_with_its_flag_and_default() -> None:
    rows = re.findall(r"^\| `(TRK_\w+)` \| `(--[a-z-]+)` \| (.+?) \| .+ \|$", PAGE, re.M)
    expected = {
        f"TRK_{field.name.upper()}": (f"--{field.name.replace('_', '-')}", shown(field.default))
        for field in fields(Settings)
    }
    options = {option.name: option for option in serving.serve.params}
    for name in ("host", "port"):
        expected[f"TRK_{name.upper()}"] = (f"--{name}", shown(options[name].default))
    assert {variable: (flag, default) for variable, flag, default in rows} == expected


def test_the_table_of_metrics_has_every_one_that_is_ours() -> None:
    named = set(re.findall(r"^\| `(trk_\w+)` \|", PAGE, re.M))
    collected = Metrics(lambda: 0, 1).registry.collect()
    ours = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in collected
        if family.name.startswith("trk_")
    }
    assert named == ours


def test_every_command_that_is_named_exists() -> None:
    named = re.findall(r"(?:`|/bin/)trk ([a-z]+)(?: ([a-z]+))?", PAGE)
    assert {"serve", "doctor", "backup", "restore", "migrate"} <= {first for first, _ in named}
    for first, second in named:
        command = main.commands[first]
        if isinstance(command, click.Group):
            assert second in command.commands


def test_every_variable_in_the_page_and_the_files_is_a_setting() -> None:
    for text in (PAGE, *(file.read_text("utf-8") for file in FILES.iterdir())):
        assert set(re.findall(r"TRK_[A-Z_]+\b", text)) <= VARIABLES


def test_every_file_that_the_page_links_to_is_there_and_the_other_way_round() -> None:
    linked = set(re.findall(r"\]\(\.\./backend/trk/operating/([\w.-]+)\)", PAGE))
    assert linked
    assert all((FILES / name).is_file() for name in linked)
    mentioned = {file.name for file in FILES.iterdir() if file.name in PAGE}
    assert {file.name for file in FILES.iterdir()} - mentioned <= {
        "trk.service",
        "trk-backup.service",
    }
    assert "trk*.service" in PAGE
