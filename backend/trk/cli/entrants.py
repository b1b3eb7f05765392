"""`trk entrant`."""

from __future__ import annotations

import click
import msgspec

from trk.cli.grouped import CommandGroup
from trk.cli.say import say
from trk.cli.work import with_campaign, with_database
from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services import corrections, people
from trk.settings import Settings
from trk.store import entrants
from trk.store import people as stored
from trk.store.corrections import Cause
from trk.store.database import Database


@click.group(cls=CommandGroup)
def entrant() -> None:
    """One person, by e-mail: their data in all campaigns, and their browsers."""


@entrant.command("export")
@click.argument("email")
@click.pass_obj
def entrant_export(settings: Settings, email: str) -> None:
    """Print everything stored about the person with this EMAIL, as JSON."""
    found = with_database(settings, lambda database: people.export(database, email))
    if found is None:
        raise _unknown(email)
    say(msgspec.json.format(msgspec.json.encode(found)).decode())


@entrant.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def entrant_erase(settings: Settings, email: str, yes: bool) -> None:
    """Erase the person with this EMAIL. SECURITY.md says what is erased and what stays."""
    found = with_database(settings, lambda database: database.read(stored.by_email, email))
    if not found:
        raise _unknown(email)
    if not yes:
        keys = ", ".join(person.campaign_key for person in found)
        click.confirm(f"Erase {email} in {keys}? This can't be undone", abort=True, err=True)
    for erased in with_database(settings, lambda database: people.erase(database, email)):
        say(f"Entrant {erased.entrant_id} of {erased.campaign} was erased.")


@entrant.command("browsers")
@click.argument("email")
@click.option("--campaign", "key", metavar="KEY", required=True, help="The campaign.")
@click.option("--reason", required=True, help="The reason, for other owners to read.")
@click.option(
    "--more/--ten", default=True, help="Allow more than ten browsers (the default), or ten."
)
@click.pass_obj
def entrant_browsers(settings: Settings, email: str, key: str, reason: str, more: bool) -> None:
    """Allow the person with this EMAIL more than ten browsers in a campaign, or ten again."""
    correct = corrections.allow_browsers if more else corrections.limit_browsers

    async def change(database: Database, campaign: Campaign) -> str:
        found = await database.read(entrants.by_email, campaign, email)
        if found is None:
            raise _unknown(email)
        changed = await database.write(correct, campaign, found.id, Cause(reason, now_ms()))
        browsers = "more than ten browsers" if more else "at most ten browsers"
        may_have = f"can now have {browsers}" if changed else f"can already have {browsers}"
        return f"Entrant {found.id} of {key} {may_have}."

    say(with_campaign(settings, key, change))


def _unknown(email: str) -> click.ClickException:
    return click.ClickException(f"Nobody has entered as {email!r}.")
