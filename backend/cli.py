"""The command line: `trk serve`, and campaigns, actions, tokens and snippets without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import click
import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from backend.app import create_app
from backend.core.drafts import ActionDraft, CampaignDraft, DraftError
from backend.making import make_action, make_campaign, make_token
from backend.settings import Settings, SettingsError, from_environment
from backend.store import campaigns
from backend.store.database import Database, DatabaseError
from backend.store.migrate import migrate as migrate_database
from sdk import snippet as snippets

T = TypeVar("T")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--database", metavar="URL", help="sqlite:///PATH or postgresql://… (TRK_DATABASE).")
@click.option("--public-url", metavar="URL", help="The address browsers use (TRK_PUBLIC_URL).")
@click.pass_context
def main(context: click.Context, database: str | None, public_url: str | None) -> None:
    """Self-hosted Custom Action Tracking."""
    try:
        context.obj = from_environment(database=database, public_url=public_url)
    except SettingsError as mistake:
        raise click.ClickException(str(mistake)) from None


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--fd", type=int, help="Serve on a socket that is bound already.")
@click.pass_obj
def serve(settings: Settings, host: str, port: int, fd: int | None) -> None:
    """Run the server."""
    failed = []

    def on_fatal() -> None:
        failed.append(True)
        server.should_exit = True

    config = uvicorn.Config(
        create_app(settings, on_fatal), host=host, port=port, fd=fd, access_log=False
    )
    server = uvicorn.Server(config)
    server.run()
    if failed:
        raise SystemExit(3)


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database's schema up to date."""
    click.echo(f"The schema is at revision {_run(migrate_database(settings.database))}.")


@main.group()
def campaign() -> None:
    """Campaigns."""


@campaign.command("create")
@click.argument("name")
@click.option("--key", help="At least 5 of A-Z, a-z, 0-9; made up if absent.")
@click.option("--kind", type=click.Choice(["competition", "reward"]), default="competition")
@click.option("--timezone", default="UTC", show_default=True)
@click.option("--description", default="", help="Markdown.")
@click.pass_obj
def campaign_create(settings: Settings, /, **given: Any) -> None:
    """Create a campaign."""
    made = _with(settings, lambda database: make_campaign(database, CampaignDraft(**given)))
    click.echo(f"{made.key}\t{made.name}\t{settings.public_url}/{made.key}")


@campaign.command("list")
@click.pass_obj
def campaign_list(settings: Settings) -> None:
    """List campaigns."""
    for found in _with(settings, lambda database: database.read(campaigns.page(0, 1000))):
        click.echo(f"{found.key}\t{found.kind}\t{found.name}")


@campaign.command("show")
@click.argument("key")
@click.pass_obj
def campaign_show(settings: Settings, key: str) -> None:
    """Show a campaign and its actions."""

    async def look(database: Database) -> None:
        found = await _existing(database, key)
        click.echo(f"{found.key}\t{found.kind}\t{found.name}\t{settings.public_url}/{found.key}")
        for each in await database.read(campaigns.actions_of([found.id])):
            click.echo(f"  {each.tracking_name}\t{each.title}\t+{each.worth}\t{each.frequency}")

    _with(settings, look)


@main.group()
def action() -> None:
    """Custom actions."""


@action.command("add")
@click.argument("key")
@click.argument("tracking_name")
@click.argument("title")
@click.option("--url", default="", help="Where the entrant completes it.")
@click.option("--worth", default=1, show_default=True, help="Entries.")
@click.option("--frequency", type=click.Choice(["once", "daily"]), default="once")
@click.option("--description", default="", help="Markdown.")
@click.pass_obj
def action_add(settings: Settings, /, key: str, **given: Any) -> None:
    """Add an action to the campaign KEY."""

    async def add(database: Database) -> None:
        await make_action(database, await _existing(database, key), ActionDraft(**given))

    _with(settings, add)
    click.echo(f"{given['tracking_name']} was added to {key}.")


@main.group()
def token() -> None:
    """API tokens."""


@token.command("create")
@click.argument("name")
@click.pass_obj
def token_create(settings: Settings, name: str) -> None:
    """Make a token and print it; it can't be shown again."""
    click.echo(_with(settings, lambda database: make_token(database, name)))


@main.command()
@click.argument("key")
@click.argument("name", default="VIP")
@click.pass_obj
def snippet(settings: Settings, key: str, name: str) -> None:
    """Print the two scripts for the campaign KEY and the tracking name NAME."""
    _with(settings, lambda database: _existing(database, key))
    click.echo(snippets.loader(key, settings.public_url))
    click.echo()
    click.echo(f"<script>\n{snippets.trigger(name)}\n</script>")


async def _existing(database: Database, key: str) -> Any:
    found = await database.read(campaigns.by_key(key))
    if found is None:
        raise click.ClickException(f"There is no campaign with the key {key!r}.")
    return found


def _with(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        await migrate_database(settings.database)
        database = Database(settings.database, readers=1)
        await database.open()
        try:
            return await work(database)
        finally:
            await database.close()

    return cast("T", _run(run()))


def _run(work: Any) -> Any:
    try:
        return asyncio.run(work)
    except (DraftError, DatabaseError, SQLAlchemyError, OSError) as problem:
        raise click.ClickException(str(problem)) from None
