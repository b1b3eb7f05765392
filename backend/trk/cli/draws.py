"""`trk draw`."""

from __future__ import annotations

from typing import TextIO, get_args

import click

from trk.cli.grouped import CommandGroup
from trk.cli.say import say
from trk.cli.work import with_campaign
from trk.core.campaign import Campaign
from trk.core.draw import DrawError
from trk.core.proof import TITLES, SeedKind
from trk.services import draw_records, draws
from trk.services.announcing import announce
from trk.services.draw_plans import settle_plan
from trk.settings import Settings
from trk.store import draw_plans
from trk.store.database import Database


@click.group(cls=CommandGroup)
def draw() -> None:
    """The draw of a competition."""


@draw.command("plan")
@click.argument("key")
@click.option(
    "--kind",
    type=click.Choice(get_args(SeedKind)),
    help="committed: only the server's secret and the list; drand, announced: also a public value; "
    "chosen: a seed that you choose.",
)
@click.option(
    "--source",
    default="",
    help="For announced: the public source, such as the lottery numbers of 1 May 2027.",
)
@click.pass_obj
def draw_plan(settings: Settings, key: str, kind: SeedKind | None, source: str) -> None:
    """Show or, before the end, choose what the seed of KEY's draw is made from."""
    if kind is None and source:
        raise click.UsageError("--source needs --kind announced.")

    async def settle(database: Database, found: Campaign) -> None:
        if kind is not None:
            await database.write(settle_plan, found, kind, source)
        plan = await database.read(draw_plans.of, found)
        say(f"The seed will be made from {TITLES[plan.kind]}.")
        if plan.source:
            say(f"The source: {plan.source}")
        say(f"The secret's SHA-256: {plan.commitment}")

    with_campaign(settings, key, settle)


@draw.command("make")
@click.argument("key")
@click.option("--seed", help="The seed, if the plan is that you choose it.")
@click.option(
    "--value",
    help="The result of the public source. For drand, everything its server shows, unless it is "
    "fetched (TRK_DRAND_URL).",
)
@click.pass_obj
def draw_make(settings: Settings, key: str, seed: str | None, value: str | None) -> None:
    """Draw the winners of the campaign KEY and print the draw for trk draw verify."""

    async def make(database: Database, found: Campaign) -> None:
        made = await draws.draw(database, found, seed, value=value, drand_url=settings.drand_url)
        async for part in draw_records.export(database, found, made):
            click.echo(part, nl=False)

    with_campaign(settings, key, make)


@draw.command("announce")
@click.argument("key")
@click.pass_obj
def draw_announce(settings: Settings, key: str) -> None:
    """Announce the winners of the campaign KEY: everybody sees them from then on."""
    with_campaign(settings, key, lambda database, found: database.write(announce, found))
    say(f"The winners of {key} are announced.")


@draw.command("verify")
@click.argument("export", type=click.File(encoding="utf-8"))
def draw_verify(export: TextIO) -> None:
    """Verify a draw by repeating it from its EXPORT (a file, or - for stdin); needs no database."""
    try:
        say(draw_records.verify(export))
    except (DrawError, UnicodeDecodeError) as mistake:
        raise click.ClickException(str(mistake)) from None
