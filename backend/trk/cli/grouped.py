"""How `--help` lists options under headings, and commands with their whole summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

_WIDEST = 30
"""How wide the column of the options may be; a longer one has a line of its own."""
_WHOLE = 1_000
"""In characters: longer than any summary."""


class Grouped(click.Command):
    """`groups` lists the options under each heading; the others come last, under “Options”."""

    def __init__(self, *args: Any, groups: Mapping[str, Sequence[str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self._groups = groups

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, heading by heading."""
        records = {
            param.name: record
            for param in self.get_params(ctx)
            if (record := param.get_help_record(ctx)) is not None
        }
        widest = min(_WIDEST, max(len(flags) for flags, _ in records.values()))
        # All have one width, so that the texts stand in one column below all headings.
        records = {name: (flags.ljust(widest), says) for name, (flags, says) in records.items()}
        for heading, names in self._groups.items():
            with formatter.section(heading):
                listed = [records.pop(name) for name in names if name in records]
                formatter.write_dl(listed, col_max=widest)
        with formatter.section("Options"):
            formatter.write_dl(list(records.values()), col_max=widest)


class CommandGroup(click.Group):
    """A group whose `--help` cuts no command's summary off: a long one goes on in the next line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the first sentence of its help."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(_WHOLE))
                    for name, command in found
                    if command is not None and not command.hidden
                ]
            )
