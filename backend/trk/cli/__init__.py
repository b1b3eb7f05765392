"""The command line, `trk`: one file per noun."""

from __future__ import annotations

import os

import click

from trk.cli.address import note_whether_given
from trk.cli.audit import audit
from trk.cli.backups import backup, restore
from trk.cli.campaigns import action, campaign, snippet
from trk.cli.doctor import doctor
from trk.cli.draws import draw
from trk.cli.entrants import entrant
from trk.cli.grouped import CommandGroup
from trk.cli.owners import owner
from trk.cli.serving import migrate, serve
from trk.cli.tokens import token
from trk.cli.verify import verify
from trk.cli.webhooks import webhook
from trk.core.rejection import shown
from trk.settings import Settings, SettingsError, from_environment

_DEFAULTS = Settings()


class _Commands(CommandGroup):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse bytes that are no text: Python has half a surrogate pair for each, which no
        database takes."""
        for each in args:
            if not each.isascii() and each != each.encode("utf-8", "replace").decode():
                ctx.fail(f"{shown(each)} is not valid UTF-8; expected UTF-8.")
        return super().parse_args(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="custom-action-tracking", message="%(version)s")
@click.option(
    "--database",
    metavar="URL",
    help="Where everything is stored: sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME. "
    f"[TRK_DATABASE; default: {_DEFAULTS.database}]",
)
@click.option(
    "--public-url",
    metavar="URL",
    help="The address at which browsers reach this server, such as https://track.example.org. "
    f"[TRK_PUBLIC_URL; default: {_DEFAULTS.public_url}]",
)
@click.pass_context
def main(context: click.Context, database: str | None, public_url: str | None) -> None:
    """Self-hosted Custom Action Tracking.

    To start, run trk serve and open the setup link it shows. Or use the command line: trk campaign
    create "Win a bike", then trk action add, trk snippet, trk serve. Every setting is an option or
    an environment variable; the option takes precedence.
    """
    try:
        context.obj = from_environment(database=database, public_url=public_url)
    except SettingsError as mistake:
        raise click.ClickException(str(mistake)) from None
    note_whether_given(context, public_url is not None or "TRK_PUBLIC_URL" in os.environ)


for command in (
    serve,
    migrate,
    campaign,
    action,
    token,
    owner,
    draw,
    snippet,
    verify,
    backup,
    restore,
    doctor,
    webhook,
    entrant,
    audit,
):
    main.add_command(command)
