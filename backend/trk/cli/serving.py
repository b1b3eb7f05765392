"""`trk serve` and `trk migrate`."""

from __future__ import annotations

import logging
import os
import socket
import stat
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import click

from trk.cli.folder import NoFolder
from trk.cli.grouped import Grouped
from trk.cli.whole import Whole
from trk.cli.work import run, with_database
from trk.journal import configure
from trk.services.accounts import make_setup_link
from trk.settings import (
    ACCESS_LOGS,
    LOG_FORMATS,
    SECOND_FACTORS,
    Settings,
    SettingsError,
    from_environment,
)
from trk.store import instance, owners
from trk.store.database import Database
from trk.store.dsn import connecting
from trk.store.errors import DatabaseError, Unwritable
from trk.store.migrate import migrate as migrate_database

_DEFAULTS = Settings()


def _setting(flag: str, metavar: str, says: str) -> Callable[[Any], Any]:
    """The option for a setting; its help ends with the environment variable and the default."""
    name = flag.removeprefix("--").replace("-", "_")
    default = getattr(_DEFAULTS, name)
    told = (f"{default:g}" if isinstance(default, float) else str(default)) or "none"
    said = f"{says} [TRK_{name.upper()}; default: {told}]"
    return click.option(flag, metavar=metavar, help=said)


_GROUPS = {
    "Listening": ("host", "port", "fd", "trusted_proxies"),
    "Addresses and database": (
        "database",
        "database_read",
        "instance",
        "public_url",
        "global_name",
    ),
    "Processes": ("workers",),
    "Limits": ("queue", "body_timeout"),
    "E-mails and webhooks": ("smtp", "mail_from", "webhooks_private"),
    "Draws": ("drand_url",),
    "Retention": ("retention_days",),
    "Owners": ("second_factor",),
    "Logs and metrics": ("log_format", "access_log", "metrics_token"),
    "Stopping": ("drain", "stop_timeout"),
}


@click.command(cls=Grouped, groups=_GROUPS)
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    envvar="TRK_HOST",
    help="The address to listen on; 0.0.0.0 for all. [TRK_HOST; default: 127.0.0.1]",
)
@click.option(
    "--port",
    default=8000,
    metavar="PORT",
    envvar="TRK_PORT",
    type=Whole(0, 65535),
    help="The port to listen on; 0 picks a free one. [TRK_PORT; default: 8000]",
)
@click.option(
    "--fd",
    metavar="NUMBER",
    type=Whole(0),
    help="Listen on this file descriptor of a bound socket (systemd: 3), instead of --host and "
    "--port. [default: none]",
)
@_setting(
    "--trusted-proxies",
    "ADDRESSES",
    "Proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Request-Id are trusted: addresses and "
    "networks, separated by commas; * for all.",
)
@_setting("--database", "URL", "Where everything is stored; see trk --help.")
@_setting(
    "--database-read",
    "URL",
    "PostgreSQL's standbys, which answer polls and pages with all that was stored by then; without "
    "it, the primary does.",
)
@_setting(
    "--instance",
    "ID",
    "The instance to which that database must belong, as trk doctor shows it; on another one the "
    "server is not ready.",
)
@_setting("--public-url", "URL", "The address at which browsers reach this server.")
@_setting("--global-name", "NAME", "The name of the script's global on your pages.")
@_setting(
    "--workers",
    "NUMBER",
    "How many processes serve, at most 64, or 0 for one a core, at most 4; with more than one, "
    "another stores beacons in SQLite.",
)
@_setting(
    "--queue",
    "BEACONS",
    "How many beacons can wait to be stored, at least 1; more are told to come back later.",
)
@_setting(
    "--body-timeout",
    "SECONDS",
    "How long a request's head, and then its body, may take to arrive, at most 600.",
)
@_setting(
    "--smtp",
    "URL",
    "The mail server: smtp://HOST:587, smtp+starttls://HOST:587 (encryption required), "
    "smtps://HOST:465. Put passwords in the environment. Without a mail server, e-mails are shown "
    "in the log.",
)
@_setting("--mail-from", "ADDRESS", "The sender of e-mails.")
@_setting("--log-format", "|".join(LOG_FORMATS), "The format of the log on stderr.")
@_setting(
    "--access-log",
    "|".join(ACCESS_LOGS),
    "Which requests are logged; on: all except beacons, polls and health checks.",
)
@_setting(
    "--metrics-token",
    "TOKEN",
    "The bearer token for /metrics, at least 16 characters; put it in the environment. Without "
    "one, there are no metrics.",
)
@_setting(
    "--drain",
    "SECONDS",
    "How long to keep serving after being asked to stop, with /readyz at 503 for a load balancer "
    "to see, at most 600.",
)
@_setting(
    "--stop-timeout",
    "SECONDS",
    "How long running requests may take after that before they are cut off, 1 to 600.",
)
@click.option(
    "--webhooks-private/--no-webhooks-private",
    default=None,
    help="Also send webhooks to private addresses (this machine, your own network), and over http. "
    "[TRK_WEBHOOKS_PRIVATE; default: no]",
)
@_setting(
    "--drand-url",
    "URL",
    "The server from which drand's values are fetched for draws, such as https://api.drand.sh. "
    "Without one, owners enter them.",
)
@_setting(
    "--retention-days",
    "DAYS",
    "After how many days trackings of ended campaigns are erased; at least 8, or 0 for never.",
)
@_setting(
    "--second-factor",
    "|".join(SECOND_FACTORS),
    "Whether owners need a second factor; with required, those without one must set it up.",
)
@click.pass_obj
def serve(settings: Settings, /, host: str, port: int, fd: int | None, **flags: object) -> None:
    """Run the server.

    SIGTERM and Ctrl-C finish running requests and stop with exit status 0. The status is 1 if the
    server could not stop cleanly, and 3 if it could no longer store anything.
    """
    try:
        known = {field.name: getattr(settings, field.name) for field in fields(Settings)}
        given = {name: value for name, value in flags.items() if value is not None}
        settings = from_environment({}, **{**known, **given})
        if settings.database_read:
            connecting(settings.database_read, standby=True)
    except SettingsError as mistake:
        raise click.ClickException(str(mistake)) from None
    except DatabaseError as mistake:
        raise click.ClickException(f"database_read can't be used: {mistake}") from None
    # The other commands need none of what a server is made of, half of which is its pages.
    from trk.cli.processes import serve_alone, serve_together  # noqa: PLC0415

    configure(settings.log_format)
    link, unwritable = with_database(settings, lambda database: _begin(database, settings))
    if with_database(settings, lambda database: database.read(instance.is_new)):
        said = "This database is new: %s. If there were some: %s"
        logging.getLogger("trk").warning(said, instance.NEW, instance.WHERE)
    with _listening(host, port, fd) as listening:
        host, port = listening.getsockname()[:2]
        logging.getLogger("trk").info("Listening on %s, port %s", host, port)
        if link is not None:
            logging.getLogger("trk").info("Set up this server: %s", link)
        workers = settings.workers or min(4, _cores())
        try:
            serve_on = serve_together if workers > 1 else serve_alone
            status = serve_on(replace(settings, workers=workers), listening)
        except NoFolder as none:
            # What nobody has asked for must not keep a server from starting, nor a disk that is
            # full, where the folder would be as well.
            if settings.workers and not unwritable:
                raise
            logging.getLogger("trk").warning("One process serves: several %s", none.needed)
            status = serve_alone(replace(settings, workers=1), listening)
    if status:
        raise SystemExit(status)


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database's schema up to date.

    The server does this when it starts; running it twice, or at the same time, is safe.
    """
    click.echo(f"The schema is at revision {run(migrate_database(settings.database))}.")


async def _begin(database: Database, settings: Settings) -> tuple[str | None, str]:
    """Look whether the database can be served: a link by which the server is set up, if it is to
    be, and why nothing can be stored, if so.

    Raises Unwritable where that is so and no server has run on it before.
    """
    if not (why := database.unwritable):
        try:
            return await make_setup_link(database, settings), ""
        except Unwritable as error:
            why = str(error)
    if await database.read(instance.identity) is None:
        raise Unwritable(why)
    log = logging.getLogger("trk")
    log.critical(
        "Nothing can be stored: %s. Pages and scripts are served, and beacons come again later. "
        "Free up space there, or mount it to be written; the server then goes on by itself.",
        why,
    )
    if not await database.read(owners.any_owner):
        log.warning("Nobody owns this server yet: its next start shows a link to set it up.")
    return None, why


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _listening(host: str, port: int, fd: int | None) -> socket.socket:
    """A bound socket; ClickException if it can't be had."""
    if fd is not None:
        try:
            if not stat.S_ISSOCK(os.fstat(fd).st_mode):
                raise OSError("it is not a socket")
            return socket.socket(fileno=fd)
        except OSError as error:
            raise click.ClickException(
                f"--fd is {fd}, which can't be used ({error.strerror or error}); expected the file "
                "descriptor of a bound socket."
            ) from None
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        # Python adds the address, which is said already.
        why = (error.strerror or str(error)).partition(" (while attempting")[0]
        raise click.ClickException(
            f"Can't listen on {host}, port {port}: {why}. Choose others with --host and --port."
        ) from None
