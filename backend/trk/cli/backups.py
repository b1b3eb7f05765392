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
from trk.store.sqlite_path import path_of

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.pass_obj
def backup(settings: Settings, file: Path, force: bool) -> None:
    """Back up the database to FILE; the server can keep running.

    The copy has everything stored when the backup started, and is verified before it gets its name.
    It contains names and e-mails, and only you can read it: keep it that way.
    """
    source = _sqlite(settings, "pg_dump --format=custom --file={file} {url}", file)
    if file.exists() and not force:
        raise click.ClickException(f"{file} already exists. Choose another name, or use --force.")
    if file.exists() and not file.is_file():  # such as /dev/null, which root could replace
        raise click.ClickException(f"{file} isn't a regular file. Choose another name.")
    if file.exists() and source.exists() and file.samefile(source):
        raise click.ClickException(f"{file} is the database itself. Choose another name.")
    with _as_click_errors(), _progress_bar("Copying") as progress:
        copied = back_up(source, file, progress)
    say(f"{file}: {_summary(copied)}")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace the existing database, and keep a copy of it.")
@click.pass_obj
def restore(settings: Settings, file: Path, force: bool) -> None:
    """Restore the database from the backup FILE; stop the server first.

    FILE is verified first. An existing database is replaced only with --force, and a copy of it is
    kept next to the restored one.
    """
    target = _sqlite(
        settings, "pg_restore --clean --if-exists --no-owner --dbname={url} {file}", file
    )
    if target.exists() and not force:
        raise click.ClickException(
            f"The database {target} already exists. Use --force to replace it and keep a copy."
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
        say(f"The previous database is now {kept}.")


def _sqlite(settings: Settings, command: str, file: Path) -> Path:
    """The database's file; for PostgreSQL, ClickException with the `command` to use instead."""
    if settings.database.startswith("sqlite:///"):
        return Path(path_of(settings.database))
    plain = without_password(settings.database)
    said = command.format(file=quote(str(file)), url=quote(plain))
    hint = "" if plain == settings.database else " (its password: in PGPASSWORD or ~/.pgpass)"
    raise click.ClickException(
        f"The database is PostgreSQL, which has its own tools for this. Run{hint}:\n\n  {said}"
    )


def _summary(copied: Copied) -> str:
    size = f"{copied.bytes / 1_048_576:,.1f} MiB"
    return f"{size}, verified, schema at revision {copied.revision}."


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
