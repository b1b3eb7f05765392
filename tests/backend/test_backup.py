"""`trk backup`, with a real server that is being written to, and what it says for PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.backend.backing_up import file_of, trk
from tests.backend.shoppers import Shoppers, number_of
from tests.backend.wire import beacon, post
from tests.postgres import PostgresServer
from trk.core.drafts import CampaignDraft
from trk.services.campaigns import make_campaign
from trk.store.backup import back_up
from trk.store.database import Database
from trk.store.migrate import migrate
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend


@pytest.fixture
def backend(sqlite_backend: Backend) -> Backend:
    """A running server on SQLite."""
    sqlite_backend.start()
    return sqlite_backend


def trk_process(database: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "trk", "--database", database, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def named(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))


def stored_in(path: Path) -> set[int]:
    with closing(sqlite3.connect(path)) as database:
        return {number_of(row[0]) for row in database.execute("SELECT beacon FROM trackings")}


async def test_all_that_was_acknowledged_before_is_in_the_backup_and_a_server_serves_it_again(
    backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    campaign = trk_campaign("VIP", on=backend)
    shoppers = Shoppers(campaign)
    before: set[int] = set()
    copy = tmp_path / "copy.db"

    def back_up_then_stop() -> None:
        before.update(shoppers.acknowledged)
        done = trk_process(backend.database, "backup", copy)
        assert done.returncode == 0, done.stderr
        assert f"{copy}: " in done.stdout
        assert "verified, schema at revision 0" in done.stdout
        backend.stop()

    await shoppers.send_until_gone(500, back_up_then_stop)
    copied = stored_in(copy)
    assert len(before) >= 500
    # Written to meanwhile, and not disturbed: the load went on until the server was stopped.
    assert len(shoppers.acknowledged) > len(before)
    assert before <= copied <= shoppers.sent
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert named(tmp_path, ".*partial*") == []

    restored = trk_process(backend.database, "restore", copy, "--force")
    assert restored.returncode == 0, restored.stderr
    backend.start()
    assert {number_of(each.beacon) for each in campaign.trackings()} == copied
    number = min(before)
    again = Shoppers.beacon(number)
    assert post(campaign, again).json()["duplicate"] is True
    [kept] = named(tmp_path, "trk.db.*.before-restore")
    assert shoppers.acknowledged <= stored_in(kept)


def test_a_beacon_between_any_two_pages_neither_gets_into_the_copy_nor_makes_it_begin_anew(
    backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    campaign = trk_campaign("VIP", on=backend)
    assert post(campaign, beacon(1)).status_code == 200
    pages: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        pages.append((done, total))
        assert post(campaign, beacon(1 + len(pages))).status_code == 200

    copied = back_up(file_of(backend.database), tmp_path / "copy.db", progress, pages=8)
    assert len(pages) > 5
    assert pages == sorted(set(pages)), "it never goes back"
    assert pages[-1][0] == pages[-1][1]
    assert stored_in(tmp_path / "copy.db") == {1}
    assert copied.bytes == (tmp_path / "copy.db").stat().st_size
    assert len(campaign.trackings()) == 1 + len(pages)


def test_a_backup_does_not_replace_a_file_unless_forced(backend: Backend, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    file.write_text("mine")
    refused = trk(backend.database, "backup", file)
    assert (refused.exit_code, file.read_text()) == (1, "mine")
    assert "already exists. Choose another name, or use --force." in refused.stderr
    assert trk(backend.database, "backup", file, "--force").exit_code == 0
    assert file.read_bytes().startswith(b"SQLite format 3\0")


def test_a_backup_replaces_no_device_or_pipe(sqlite_url: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for option in ((), ("--force",)):
        refused = trk(sqlite_url, "backup", pipe, *option)
        assert refused.exit_code == 1
    assert "isn't a regular file. Choose another name." in refused.stderr
    assert pipe.is_fifo()


def test_a_backup_can_not_go_over_the_database_itself(sqlite_url: str) -> None:
    refused = trk(sqlite_url, "backup", file_of(sqlite_url), "--force")
    assert "is the database itself" in refused.stderr
    assert refused.exit_code == 1


@pytest.mark.parametrize("where", ["nowhere/copy.db", "file/copy.db"])
def test_a_backup_that_can_not_be_written_is_told_in_a_sentence(
    where: str, sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    refused = trk(sqlite_url, "backup", tmp_path / where)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: Can't write to ")


@pytest.mark.parametrize("pages", [range(8, 20), range(3, 4), range(13, 14)])
def test_a_damaged_database_gives_no_backup(pages: range, sqlite_url: str, tmp_path: Path) -> None:
    path = file_of(sqlite_url)
    with path.open("r+b") as file:
        for page in pages:
            file.seek(page * 4096)
            file.write(b"\xff" * 4096)
    refused = trk(sqlite_url, "backup", tmp_path / "copy.db")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: The copy is damaged: ")
    assert len(refused.stderr.splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["trk.db"]


def test_there_is_no_backup_of_a_database_that_is_not_there(tmp_path: Path) -> None:
    refused = trk(f"sqlite:///{tmp_path}/none.db", "backup", tmp_path / "copy.db")
    assert refused.exit_code == 1
    assert f"There is no file {tmp_path}/none.db." in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_for_postgresql_the_command_is_told_without_the_password() -> None:
    url = "postgresql://trk:s3cret@db.example:5433/shop"
    refused = trk(url, "backup", "my copy")
    assert refused.exit_code == 1
    assert (
        "pg_dump --format=custom --file='my copy' postgresql://trk@db.example:5433/shop"
        in refused.stderr
    )
    assert "PGPASSWORD" in refused.stderr
    assert "s3cret" not in refused.stderr + trk(url, "restore", "my copy").stderr


def test_the_command_that_is_told_for_postgresql_is_one(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "copy.dump"
    path = f"{postgres_server.programs}{os.pathsep}{os.environ['PATH']}"
    for command in ("backup", "restore"):
        said = trk(postgres_url, command, file).stderr.strip().splitlines()[-1].strip()
        done = subprocess.run(
            ["/bin/sh", "-c", said],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (said, done.stderr)
    assert file.read_bytes().startswith(b"PGDMP")


@pytest.mark.parametrize("known", [True, False], ids=["beside an old one", "new"])
async def test_a_new_database_is_for_its_owners_eyes_only(tmp_path: Path, *, known: bool) -> None:
    path = tmp_path / "deep" / "trk.db"
    if known:  # whoever has let others read it has had a reason
        path.parent.mkdir()
        path.touch(0o640)
    before = os.umask(0)
    try:
        await migrate(f"sqlite:///{path}")
        database = Database(f"sqlite:///{path}")
        await database.open()
        try:
            await database.write(make_campaign, CampaignDraft("Win"))
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
        finally:
            await database.close()
    finally:
        os.umask(before)
    assert {"trk.db", "trk.db-wal"} <= set(modes)
    assert set(modes.values()) == {0o640 if known else 0o600}
