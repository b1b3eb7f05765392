"""How commands print what others wrote."""

from __future__ import annotations

import click

from trk.core.printable import printable


def say(text: str) -> None:
    """Print lines in which nothing can steer the terminal."""
    click.echo(printable(text, "\t\n"))
