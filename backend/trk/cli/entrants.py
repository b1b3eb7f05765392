"""`trk entrant`."""

from __future__ import annotations

import click
import msgspec

from trk.cli.say import say
from trk.cli.work import with_database
from trk.services import people
from trk.settings import Settings
from trk.store import people as stored


@click.group()
def entrant() -> None:
    """One person's data, by e-mail, in all campaigns."""


@entrant.command("export")
@click.argument("email")
@click.pass_obj
def entrant_export(settings: Settings, email: str) -> None:
    """Print all that is stored about the person with this EMAIL, as JSON."""
    found = with_database(settings, lambda database: people.export(database, email))
    if found is None:
        raise _unknown(email)
    say(msgspec.json.format(msgspec.json.encode(found)).decode())


@entrant.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def entrant_erase(settings: Settings, email: str, yes: bool) -> None:
    """Erase the person with this EMAIL. SECURITY.md says what goes and what stays."""
    found = with_database(settings, lambda database: database.read(stored.by_email, email))
    if not found:
        raise _unknown(email)
    if not yes:
        keys = ", ".join(person.campaign_key for person in found)
        click.confirm(f"Erase {email} in {keys}? This can't be undone", abort=True, err=True)
    for erased in with_database(settings, lambda database: people.erase(database, email)):
        say(f"Entrant {erased.entrant_id} of {erased.campaign} was erased.")


def _unknown(email: str) -> click.ClickException:
    return click.ClickException(f"Nobody has entered as {email!r}.")
