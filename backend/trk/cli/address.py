"""Under which address browsers reach the server, for commands that run beside it."""

from __future__ import annotations

from dataclasses import replace

import click

from trk.core.address import is_local
from trk.settings import Settings
from trk.store.database import Database
from trk.store.instance import address

_GIVEN = "trk.cli.address.given"


def note_whether_given(context: click.Context, given: bool) -> None:
    """Keep for `addressed` whether this command was told the address, or has the default."""
    context.meta[_GIVEN] = given


async def addressed(database: Database, settings: Settings) -> Settings:
    """The settings with the address to print: what this command was given, else what the server
    on this database has had since it last started, else the default."""
    remembered = await database.read(address)
    if _is_given() or remembered is None:
        return settings
    return replace(settings, public_url=remembered)


async def warn_of_address(database: Database, settings: Settings) -> None:
    """Say on stderr why the address of these settings may not be the one that pages need."""
    remembered, ours = await database.read(address), settings.public_url
    if remembered not in (None, ours):
        warning = (
            f"The server for this database was last started with the address {remembered}, "
            f"but this command uses {ours}."
        )
    elif remembered is None and not _is_given():
        warning = (
            f"No server has run with this database yet, so {ours} is only the default. Start "
            "the server with --public-url, or pass it here too: trk --public-url URL …"
        )
    elif is_local(settings.host):
        warning = (
            f"{ours} is for this machine only: visitors elsewhere can't reach it. Start the "
            "server with its public address, such as --public-url https://track.example.org."
        )
    else:
        return
    click.echo(f"Warning: {warning}", err=True)


def _is_given() -> bool:
    return bool(click.get_current_context().meta.get(_GIVEN))
