"""`trk serve` and `trk migrate`."""

from __future__ import annotations

import logging
import os
import socket
import stat
from dataclasses import fields

import click
import uvicorn

from backend.app import create_app
from backend.cli.work import run, with_database
from backend.inviting import setup_link
from backend.settings import Settings, SettingsError, from_environment
from backend.store.migrate import migrate as migrate_database

_DEFAULTS = Settings()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 takes a free one.",
)
@click.option(
    "--fd",
    type=click.IntRange(0),
    help="Listen on this descriptor of a socket that is bound already (systemd: 3).",
)
@click.option(
    "--global-name",
    metavar="NAME",
    help="The name of the script's one global on the customer's pages. "
    f"[TRK_GLOBAL_NAME; default: {_DEFAULTS.global_name}]",
)
@click.option(
    "--queue",
    metavar="BEACONS",
    help="How many beacons may wait to be stored; more are told to come back. "
    f"[TRK_QUEUE; default: {_DEFAULTS.queue}]",
)
@click.option(
    "--body-timeout",
    metavar="SECONDS",
    help="How long a beacon's body may take to arrive. "
    f"[TRK_BODY_TIMEOUT; default: {_DEFAULTS.body_timeout:g}]",
)
@click.option(
    "--smtp",
    metavar="URL",
    help="The mail server: smtp://HOST:587, smtps://HOST:465. A password belongs into the "
    "environment. [TRK_SMTP; default: none, mails are shown in the log]",
)
@click.option(
    "--mail-from",
    metavar="ADDRESS",
    help=f"The sender of mails. [TRK_MAIL_FROM; default: {_DEFAULTS.mail_from}]",
)
@click.pass_obj
def serve(settings: Settings, /, host: str, port: int, fd: int | None, **flags: str | None) -> None:
    """Run the server.

    Beacons that wait together are stored together. SIGTERM and Ctrl-C store what waits and end.
    """
    try:
        known = {field.name: getattr(settings, field.name) for field in fields(Settings)}
        given = {name: value for name, value in flags.items() if value is not None}
        settings = from_environment({}, **{**known, **given})
    except SettingsError as mistake:
        raise click.ClickException(str(mistake)) from None
    link = with_database(settings, lambda database: setup_link(database, settings))
    listening = _listening(host, port, fd)
    failed = []

    def on_fatal() -> None:
        failed.append(True)
        server.should_exit = True

    app = create_app(settings, on_fatal)
    server = uvicorn.Server(uvicorn.Config(app, access_log=False))
    with listening:
        host, port = listening.getsockname()[:2]
        logging.getLogger("uvicorn.error").info("Listening on %s, port %s", host, port)
        if link is not None:
            logging.getLogger("uvicorn.error").info("Set this server up: %s", link)
        # Not by uvicorn's own `fd`: it takes any for a unix socket, leaves Nagle's algorithm on,
        # which holds each answer back by 40 ms, and keeps the port open while it drains.
        server.run(sockets=[listening])
    if failed:
        raise SystemExit(3)


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database's schema up to date.

    The server does so itself when it starts; it is safe to do it twice, and at once.
    """
    click.echo(f"The schema is at revision {run(migrate_database(settings.database))}.")


def _listening(host: str, port: int, fd: int | None) -> socket.socket:
    """A bound socket; ClickException if there can be none."""
    if fd is not None:
        try:
            if not stat.S_ISSOCK(os.fstat(fd).st_mode):
                raise OSError("it is no socket")
            return socket.socket(fileno=fd)
        except OSError as error:
            raise click.ClickException(
                f"--fd is {fd}, which can't be used ({error.strerror or error}); expected the "
                "descriptor of a bound socket."
            ) from None
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise click.ClickException(
            f"Can't listen on {host}, port {port}: {error.strerror or error}. "
            "Choose others with --host and --port."
        ) from None
