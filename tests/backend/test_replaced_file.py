"""A file of SQLite's that is moved away, or replaced, under a server that goes on: what would be
stored in the one that it has open, nobody would find after its next start."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from trk.store import instance
from trk.store.database import Database
from trk.store.errors import Unwritable


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    made = Database(sqlite_url, readers=1)
    await made.open()
    await made.write(instance.prove)
    yield made
    await made.close()


@pytest.mark.parametrize("replaced", [False, True], ids=["moved", "replaced"])
async def test_nothing_is_stored_in_a_file_that_is_not_there_any_more_until_it_is_back(
    database: Database, path: Path, replaced: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    away = path.with_name("away.db")
    shutil.move(path, away)
    if replaced:
        shutil.copy(away, path)
    for _ in range(2):
        with pytest.raises(Unwritable, match=r"not the one that was opened.*restart the server"):
            await database.write(instance.prove)
    assert [str(path) in each.getMessage() for each in caplog.records] == [True]
    shutil.move(away, path)
    await database.write(instance.prove)


async def test_a_folder_that_is_moved_takes_nothing_either(database: Database, path: Path) -> None:
    folder = path.parent.rename(path.parent.with_name("elsewhere"))
    with pytest.raises(Unwritable, match="not the one that was opened"):
        await database.write(instance.prove)
    folder.rename(path.parent)
    await database.write(instance.prove)
