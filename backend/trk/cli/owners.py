"""`trk owner`."""

from __future__ import annotations

import sys
from contextlib import closing

import click

from trk.cli.address import addressed
from trk.cli.grouped import CommandGroup
from trk.cli.say import say, say_rows
from trk.cli.work import with_database
from trk.core.account import Owner
from trk.services.accounts import add_owner, mistakes_of_account, reset_password
from trk.services.passwords import Passwords
from trk.services.second_factor import turn_off_for
from trk.settings import Settings
from trk.store import owners
from trk.store.database import Database
from trk.store.errors import Duplicate


@click.group(cls=CommandGroup)
def owner() -> None:
    """Owners: the people who can sign in and manage campaigns."""


@owner.command("list")
@click.pass_obj
def owner_list(settings: Settings) -> None:
    """List owners: e-mail and name."""

    async def print_all(database: Database) -> None:
        found = await database.read(owners.everybody)
        say_rows(f"{each['email']}\t{each['name']}" for each in found)

    with_database(settings, print_all)


@owner.command("create")
@click.argument("email")
@click.argument("name")
@click.option("--if-missing", is_flag=True, help="Succeed if EMAIL is already an owner.")
@click.pass_obj
def owner_create(settings: Settings, email: str, name: str, if_missing: bool) -> None:
    """Create an owner's account with this EMAIL and NAME.

    You are asked for the password; if stdin is not a terminal, its first line is used.
    """
    password = _password()

    async def make(database: Database) -> str:
        with closing(Passwords()) as passwords:
            mistakes = await mistakes_of_account(
                passwords, settings, name=name, email=email, password=password
            )
            if mistakes:
                raise click.ClickException(" ".join(mistakes.values()))
            hashed = await passwords.hash(password)
        try:
            made = await database.write(add_owner, name=name, email=email, password_hash=hashed)
        except Duplicate:
            if if_missing:
                return f"{email} is already an owner."
            raise click.ClickException(f"{email!r} is already an owner.") from None
        return f"{made.email} is now an owner and can sign in."

    say(with_database(settings, make))


@owner.command("reset")
@click.argument("email")
@click.pass_obj
def owner_reset(settings: Settings, email: str) -> None:
    """Print a link with which the owner with this EMAIL can set a new password.

    It works once, within 24 hours. All sessions of that owner end now, and the old password stops
    working.
    """

    async def make_link(database: Database) -> str:
        owner = await _known(database, email)
        return await reset_password(database, await addressed(database, settings), owner)

    say(with_database(settings, make_link))


@owner.command("forget-second-factor")
@click.argument("email")
@click.pass_obj
def owner_forget_second_factor(settings: Settings, email: str) -> None:
    """Turn off the second factor of the owner with this EMAIL, who has lost it.

    Make sure that it is really this person who asks. All sessions of that owner end now. They then
    sign in with their password alone, and can set up a new second factor on the page Account.
    """

    async def forget(database: Database) -> bool:
        return await database.write(turn_off_for, await _known(database, email))

    if not with_database(settings, forget):
        raise click.ClickException(f"The owner {email!r} has no second factor.")
    say(f"The second factor of {email} is turned off.")


def _password() -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


async def _known(database: Database, email: str) -> Owner:
    """The owner with this e-mail; ClickException if there is none."""
    found = await database.read(owners.by_email, email)
    if found is None:
        raise click.ClickException(
            f"There is no owner with the e-mail {email!r} (see: trk owner list)."
        )
    return found.owner
