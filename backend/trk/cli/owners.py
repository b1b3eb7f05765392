"""`trk owner`."""

from __future__ import annotations

import click

from trk.cli.address import addressed
from trk.cli.say import say
from trk.cli.work import with_database
from trk.core.account import Owner
from trk.services.accounts import reset_password
from trk.services.second_factor import turn_off_for
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
        owner = await _known(database, email)
        return await reset_password(database, await addressed(database, settings), owner)

    say(with_database(settings, make_link))


@owner.command("forget-second-factor")
@click.argument("email")
@click.pass_obj
def owner_forget_second_factor(settings: Settings, email: str) -> None:
    """Take the second factor off for the owner with this EMAIL, who has lost it.

    Be sure that it is this person who asks. All sessions of that owner end now; the password alone
    signs in, and a new second factor is set up on the page Account.
    """

    async def forget(database: Database) -> bool:
        return await database.write(turn_off_for, await _known(database, email))

    if not with_database(settings, forget):
        raise click.ClickException(f"The owner {email!r} has no second factor.")
    say(f"The second factor of {email} is off.")


async def _known(database: Database, email: str) -> Owner:
    """The owner with this e-mail; ClickException if there is none."""
    found = await database.read(owners.by_email, email)
    if found is None:
        raise click.ClickException(
            f"There is no owner with the e-mail {email!r} (see: trk owner list)."
        )
    return found.owner
