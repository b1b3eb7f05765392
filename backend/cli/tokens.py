"""`trk token`."""

from __future__ import annotations

import click

from backend.cli.work import with_database
from backend.making import make_token
from backend.settings import Settings


@click.group()
def token() -> None:
    """API tokens."""


@token.command("create")
@click.argument("name")
@click.pass_obj
def token_create(settings: Settings, name: str) -> None:
    """Make a token for the JSON API and print it; it can't be shown again."""
    click.echo(with_database(settings, lambda database: make_token(database, name)))
