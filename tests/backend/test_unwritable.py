"""What is read of a SQLite file without the files that SQLite makes beside it, as long as nobody
writes."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.backend.disks import disk, limited
from tests.backend.limited_files import limit_files
from trk.store.backup import back_up
from trk.store.database import Database
from trk.store.errors import DatabaseError, Unavailable, Unwritable
from trk.store.migrate import migrate
from trk.store.program import Transaction

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux limits another process' files"
)

_COUNT = "SELECT count(*) AS n FROM entrants_of_test"


@pytest.fixture
def path(sqlite_url: str, tmp_path: Path) -> Path:
    """A database with a table of ours that has one row; its name has what addresses quote."""
    path = tmp_path / "a b+ü" / "trk.db"
    path.parent.mkdir()
    shutil.move(sqlite_url.removeprefix("sqlite:///"), path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE entrants_of_test (n)")
    _add(path).close()
    return path


@pytest.fixture
async def as_it_is(path: Path) -> AsyncIterator[Database]:
    """It, open where there was no room when that was done."""
    database = Database(f"sqlite:///{path}", readers=1)
    with limited():
        await database.open()
        assert await database.read(_count) == 1
    yield database
    await database.close()


async def _count(tx: Transaction) -> int:
    [row] = await tx.fetch(_COUNT)
    found: int = row["n"]
    return found


def _add(path: Path) -> sqlite3.Connection:
    made = sqlite3.connect(path, isolation_level=None)
    made.execute("INSERT INTO entrants_of_test VALUES (1)")
    return made


@pytest.mark.parametrize("closes", [True, False], ids=["and goes", "and stays"])
async def test_what_somebody_has_stored_is_seen(
    as_it_is: Database, path: Path, closes: bool
) -> None:
    with closing(_add(path)) as other:
        if closes:  # which moves what it has stored into the file, and removes the log
            other.close()
        assert await as_it_is.read(_count) == 2


@pytest.mark.parametrize("closes", [True, False], ids=["and goes", "and stays"])
async def test_what_is_written_while_it_is_read_is_not_mixed_with_what_was_there_before(
    as_it_is: Database, path: Path, closes: bool
) -> None:
    opened = []

    async def both(tx: Transaction) -> list[int]:
        before = await _count(tx)
        opened.append(_add(path))
        if closes:
            opened[0].close()
        return [before, await _count(tx)]

    with pytest.raises(Unavailable, match="written while it was read"):
        await as_it_is.read(both)
    assert await as_it_is.read(_count) == 2
    opened[0].close()


async def test_its_own_writer_goes_on_as_soon_as_there_is_room(as_it_is: Database) -> None:
    async def add(tx: Transaction) -> None:
        await tx.fetch("INSERT INTO entrants_of_test VALUES (1)")

    with pytest.raises(Unwritable, match="the disk of the database is full, or fails"):
        await as_it_is.write(add)  # it is not tried again at once
    assert "is full" in as_it_is.unwritable
    async with asyncio.timeout(10):
        while as_it_is.unwritable:
            with suppress(Unwritable):
                await as_it_is.write(add)
    assert await as_it_is.read(_count) == 2


async def test_what_has_no_room_any_more_is_told_as_such_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(f"sqlite:///{path}", readers=1)
    await database.open()

    async def add(tx: Transaction) -> None:
        await tx.fetch("INSERT INTO entrants_of_test VALUES (1)")

    await database.write(add)
    limit_files(os.getpid(), 1)
    try:
        for _ in range(2):
            with pytest.raises(Unwritable, match="the disk of the database is full, or fails"):
                await database.write(add)
    finally:
        limit_files(os.getpid(), None)
    assert "is full" in database.unwritable
    await database.write(add)
    assert database.unwritable == ""
    assert [each.levelname for each in caplog.records].count("CRITICAL") == 1
    await database.close()


@pytest.mark.parametrize("linked", [False, True], ids=["itself", "by a link"])
async def test_a_file_whose_log_has_more_is_not_read_without_it(
    path: Path, tmp_path: Path, linked: bool
) -> None:
    copy = tmp_path / "copy" / "trk.db"
    copy.parent.mkdir()
    with closing(_add(path)):
        for each in (path, path.with_name("trk.db-wal")):
            shutil.copy(each, copy.parent)
    named = copy
    if linked:
        named = tmp_path / "link.db"
        named.symlink_to(copy)
    database = Database(f"sqlite:///{named}", readers=1)
    with limited():
        await database.open()
        with pytest.raises(DatabaseError, match="disk I/O error"):
            await database.read(_count)
        with pytest.raises(DatabaseError, match="can't be used: disk I/O error"):
            await migrate(f"sqlite:///{named}")
    await database.close()
    with closing(sqlite3.connect(copy)) as usual:
        assert usual.execute(_COUNT).fetchall() == [(2,)]


async def test_a_disk_that_goes_away_altogether_is_no_mistake_of_ours(
    as_it_is: Database, path: Path
) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))
    async with asyncio.timeout(10):
        while as_it_is.unwritable:
            with pytest.raises(Unavailable) as refused:
                await as_it_is.write(_count)
            if "No such file" in str(refused.value):
                break


async def test_it_needs_no_migration_where_it_has_none_to_do(path: Path) -> None:
    with limited():
        at = await migrate(f"sqlite:///{path}")
    assert at == await migrate(f"sqlite:///{path}")


async def test_connections_are_opened_anew_although_who_asked_for_it_has_gone(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url, readers=2)
    await database.open()
    begun, free = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction) -> int:
        begun.set()
        await free.wait()
        return 1

    async def number(tx: Transaction) -> int:
        return 2

    reading = asyncio.create_task(database.read(slow))
    await begun.wait()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await database._reads.renew()
    free.set()
    assert await reading == 1
    assert await database.read(number) == 2
    await database.close()


@pytest.fixture
def read_only(path: Path, tmp_path: Path) -> Iterator[Path]:
    """The database on a disk that can only be read."""
    with disk("read-only", tmp_path / "disk") as spoiled:
        shutil.copy(path, spoiled.folder)
        remount(spoiled.folder, "ro")
        yield spoiled.folder / path.name


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)


def test_a_backup_is_made_of_what_can_only_be_read(read_only: Path, tmp_path: Path) -> None:
    back_up(read_only, tmp_path / "copy", lambda done, of: None)
    with closing(sqlite3.connect(tmp_path / "copy")) as made:
        assert made.execute(_COUNT).fetchall() == [(1,)]


def test_no_backup_is_made_of_what_is_written_while_it_is_read_as_it_is(
    read_only: Path, tmp_path: Path
) -> None:
    def write(done: int, of: int) -> None:
        remount(read_only.parent, "rw")
        _add(read_only).close()

    with pytest.raises(Unavailable, match="written while it was read; try again"):
        back_up(read_only, tmp_path / "copy", write)
    assert not (tmp_path / "copy").exists()
