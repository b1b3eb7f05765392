"""`trk owner`."""

from __future__ import annotations

import click

from trk.cli.say import say
from trk.cli.work import with_database
from trk.services.accounts import reset_password
from trk.settings import Settings
from trk.store import owners
from trk.store.database import Database


@click.group()
def owner() -> None:
    """Owners: who may sign in and manage campaigns."""


@owner.command("list")
@click.pass_obj
def owner_list(settings: Settings) -> None:
    """List owners: e-mail and name."""

    async def print_all(database: Database) -> None:
        for each in await database.read(owners.everybody):
            say(f"{each['email']}\t{each['name']}")

    with_database(settings, print_all)


@owner.command("reset")
@click.argument("email")
@click.pass_obj
def owner_reset(settings: Settings, email: str) -> None:
    """Print a link by which the owner with this EMAIL sets a new password.

    It is good once, for 24 hours. All sessions of that owner end now, and the old password is void.
    """

    async def make_link(database: Database) -> str:
        found = await database.read(owners.by_email, email)
        if found is None:
            raise click.ClickException(
                f"There is no owner with the e-mail {email!r} (see: trk owner list)."
            )
        return await reset_password(database, settings, found.owner)

    say(with_database(settings, make_link))
