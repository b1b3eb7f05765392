"""`trk token`."""

from __future__ import annotations

import click

from trk.cli.grouped import Group
from trk.cli.say import say, say_rows
from trk.cli.whole import Whole
from trk.cli.work import existing, with_database
from trk.core.access import ALL, MOST_DAYS, SCOPES, USUAL, Scope, token_mistakes
from trk.core.instant import iso
from trk.services.tokens import make_token, revoke_token
from trk.settings import Settings
from trk.store import tokens
from trk.store.database import Database


@click.group(cls=Group)
def token() -> None:
    """API tokens."""


@token.command(
    "create",
    epilog="Scopes: " + "; ".join(f"{scope} ({opens})" for scope, opens in SCOPES.items()) + ".",
)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(ALL),
    help="What it can do; can be given several times. [default: all except accounts and audit]",
)
@click.option(
    "--days",
    type=Whole(1, MOST_DAYS),
    help="How many days it is valid. [default: forever]",
)
@click.option("--campaign", metavar="KEY", help="Limit it to this campaign.")
@click.pass_obj
def token_create(
    settings: Settings, name: str, scopes: tuple[Scope, ...], days: int | None, campaign: str | None
) -> None:
    """Create a token for the JSON API and print it; it can't be shown again."""

    for mistake in token_mistakes(name=name, scopes=scopes or USUAL, days=days).values():
        raise click.ClickException(mistake)

    async def make(database: Database) -> str:
        if campaign is not None:
            await existing(database, campaign)
        made = await database.write(
            make_token, name, scopes=scopes or USUAL, days=days, campaign_key=campaign
        )
        return made.token

    say(with_database(settings, make))


@token.command("list")
@click.pass_obj
def token_list(settings: Settings) -> None:
    """List tokens: id, name, scopes, campaign, when they expire, and roughly when last used."""
    rows = []
    for each in with_database(settings, lambda database: database.read(tokens.every)):
        ends = "forever" if each.expires_at is None else f"until {iso(each.expires_at)}"
        used = "never used" if each.last_used_at is None else f"used {iso(each.last_used_at)}"
        where = each.campaign_key or "all campaigns"
        rows.append("\t".join((str(each.id), each.name, ",".join(each.scopes), where, ends, used)))
    say_rows(rows)


@token.command("revoke")
@click.argument("token_id", metavar="ID", type=Whole(1, 2**62))
@click.pass_obj
def token_revoke(settings: Settings, token_id: int) -> None:
    """Revoke a token immediately; `trk token list` shows the ids."""
    if not with_database(settings, lambda database: database.write(revoke_token, token_id)):
        raise click.ClickException(f"There is no token with the id {token_id}.")
