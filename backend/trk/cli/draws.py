"""`trk draw`."""

from __future__ import annotations

from typing import TextIO

import click

from trk.cli.work import with_campaign
from trk.core.campaign import Campaign
from trk.core.draw import DrawError
from trk.services import draws
from trk.settings import Settings
from trk.store.database import Database


@click.group()
def draw() -> None:
    """The draw of a competition."""


@draw.command("make")
@click.argument("key")
@click.option("--seed", help="Public numbers of that day, for instance; made up if absent.")
@click.pass_obj
def draw_make(settings: Settings, key: str, seed: str | None) -> None:
    """Draw the winners of the campaign KEY and print the draw, as verify reads it."""

    async def make(database: Database, found: Campaign) -> None:
        made = await draws.draw(database, found, seed)
        async for part in draws.export(database, found, made):
            click.echo(part, nl=False)

    with_campaign(settings, key, make)


@draw.command("verify")
@click.argument("export", type=click.File())
def draw_verify(export: TextIO) -> None:
    """Repeat a draw from its EXPORT (a file, or - for the input); needs no database."""
    try:
        click.echo(draws.verify(export))
    except (DrawError, UnicodeDecodeError) as mistake:
        raise click.ClickException(str(mistake)) from None
