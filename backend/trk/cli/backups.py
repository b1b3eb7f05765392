"""`trk backup` and `trk restore`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

import click

from trk.cli.say import say
from trk.settings import Settings
from trk.store.backup import Copied, back_up
from trk.store.backup import restore as restore_database
from trk.store.errors import DatabaseError
from trk.store.migrate import without_password

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.pass_obj
def backup(settings: Settings, file: Path, force: bool) -> None:
    """Copy the database to FILE while the server goes on.

    The copy has all that was stored when this began; it is checked before it gets its name. It
    holds names and e-mails: only you can read it, keep it so.
    """
    source = _sqlite(settings, "pg_dump --format=custom --file={file} {url}", file)
    if file.exists() and not force:
        raise click.ClickException(f"{file} is there already. Choose another name, or --force.")
    if file.exists() and source.exists() and file.samefile(source):
        raise click.ClickException(f"{file} is the database itself. Choose another name.")
    with _as_click_errors(), _progress_bar("Copying") as progress:
        copied = back_up(source, file, progress)
    say(f"{file}: {_summary(copied)}")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace the database that is there; it is kept aside.")
@click.pass_obj
def restore(settings: Settings, file: Path, force: bool) -> None:
    """Put the backup FILE where the database is; the server must be stopped.

    FILE is checked first. A database that is there is not touched without --force, and kept beside
    the restored one with --force.
    """
    target = _sqlite(
        settings, "pg_restore --clean --if-exists --no-owner --dbname={url} {file}", file
    )
    if target.exists() and not force:
        raise click.ClickException(
            f"The database {target} is there already. With --force it is replaced, and kept aside."
        )
    if target.exists() and file.exists() and file.samefile(target):
        raise click.ClickException(f"{file} is the database itself; expected a backup of it.")
    kept = target.with_name(f"{target.name}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}.before-restore")
    with _as_click_errors(), _progress_bar("Restoring") as progress:
        target.parent.mkdir(parents=True, exist_ok=True)
        there = target.exists()
        copied = restore_database(file, target, progress, kept if force else None)
    say(f"{target}: {_summary(copied)}")
    if there:
        say(f"What was there before is {kept}.")


def _sqlite(settings: Settings, command: str, file: Path) -> Path:
    """The database's file; for PostgreSQL, ClickException with the `command` to use instead."""
    if settings.database.startswith("sqlite:///"):
        return Path(settings.database.removeprefix("sqlite:///"))
    plain = without_password(settings.database)
    said = command.format(file=quote(str(file)), url=quote(plain))
    hint = "" if plain == settings.database else " (its password: in PGPASSWORD or ~/.pgpass)"
    raise click.ClickException(
        f"The database is PostgreSQL, which has tools of its own for this. Use{hint}:\n\n  {said}"
    )


def _summary(copied: Copied) -> str:
    size = f"{copied.bytes / 1_048_576:,.1f} MiB"
    return f"{size}, sound, schema at revision {copied.revision}."


@contextmanager
def _as_click_errors() -> Iterator[None]:
    try:
        yield
    except DatabaseError as problem:
        raise click.ClickException(str(problem)) from None
    except OSError as problem:
        raise click.ClickException(f"{problem.filename}: {problem.strerror}.") from None


@contextmanager
def _progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, if stderr is a terminal."""
    with click.progressbar(
        length=1, label=what, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def progress(done: int, pages: int) -> None:
            bar.length = max(pages, 1)
            bar.update(done - bar.pos)

        yield progress
