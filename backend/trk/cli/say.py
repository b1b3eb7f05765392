"""How commands print what others wrote."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from trk.core.printable import printable


def say(text: str) -> None:
    """Print lines in which nothing can steer the terminal."""
    click.echo(printable(text, "\t\n"))


def say_rows(rows: Iterable[str]) -> None:
    """Print rows of cells that tabs separate: as they are for programs, and on a terminal in
    columns that align."""
    if not sys.stdout.isatty():
        for line in rows:
            say(line)
        return
    cells = [[printable(cell) for cell in row.split("\t")] for row in rows]
    widths = [max(map(len, column)) for column in _columns(cells)]
    for row in cells:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        click.echo("  ".join(padded).rstrip())


def _columns(cells: list[list[str]]) -> Iterable[list[str]]:
    most = max(map(len, cells), default=0)
    return ([row[n] for row in cells if n < len(row)] for n in range(most))
