"""`trk restore`: over what it may go, whose the database is then, and what is no backup."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.backend.backing_up import file_of, trk
from tests.backend.wire import beacon, post
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend


@pytest.fixture
def backend(sqlite_backend: Backend) -> Backend:
    """A running server on SQLite."""
    sqlite_backend.start()
    return sqlite_backend


def test_a_restore_is_refused_while_a_server_uses_the_database_idle_as_it_may_be(
    backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    campaign = trk_campaign("VIP", on=backend)
    assert trk(backend.database, "backup", tmp_path / "copy.db").exit_code == 0
    assert post(campaign, beacon(1)).status_code == 200
    refused = trk(backend.database, "restore", tmp_path / "copy.db", "--force")
    assert refused.exit_code == 1
    assert "is in use (database is locked). Stop the server that uses it first." in refused.stderr
    assert post(campaign, beacon(2)).status_code == 200
    assert len(campaign.trackings()) == 2


def test_a_restore_does_not_replace_a_database_unless_forced(
    sqlite_url: str, tmp_path: Path
) -> None:
    assert trk(sqlite_url, "backup", tmp_path / "copy.db").exit_code == 0
    content = file_of(sqlite_url).read_bytes()
    refused = trk(sqlite_url, "restore", tmp_path / "copy.db")
    assert refused.exit_code == 1
    assert "already exists. Use --force to replace it and keep a copy." in refused.stderr
    assert file_of(sqlite_url).read_bytes() == content


def test_a_restored_database_belongs_to_whom_the_one_before_did(
    sqlite_url: str, tmp_path: Path
) -> None:
    path = file_of(sqlite_url)
    if os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    owner = path.stat().st_uid
    assert trk(sqlite_url, "backup", tmp_path / "copy.db").exit_code == 0
    assert trk(sqlite_url, "restore", tmp_path / "copy.db", "--force").exit_code == 0
    assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (owner, 0o600)


def test_leftovers_of_a_database_that_is_gone_do_not_get_into_the_restored_one(
    sqlite_url: str, tmp_path: Path
) -> None:
    path = file_of(sqlite_url)
    assert trk(sqlite_url, "backup", tmp_path / "copy.db").exit_code == 0
    with closing(sqlite3.connect(path, isolation_level=None)) as crashed:
        crashed.execute("PRAGMA journal_mode = WAL").fetchone()
        crashed.execute(
            "INSERT INTO instance (n, name, secret, made_at) VALUES (1, 'of the lost one', '', 1)"
        )
        (tmp_path / "wal").write_bytes((tmp_path / "trk.db-wal").read_bytes())
    path.unlink()
    (tmp_path / "trk.db-wal").write_bytes((tmp_path / "wal").read_bytes())
    assert trk(sqlite_url, "restore", tmp_path / "copy.db").exit_code == 0
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT * FROM instance").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("kind", ["text", "foreign", "newer", "older", "absent"])
def test_what_is_no_backup_of_this_version_is_not_restored(
    kind: str, sqlite_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "copy.db"
    if kind == "text":
        file.write_text("SELECT 1;" * 1000)
    elif kind == "foreign":
        with closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE shop (id)")
    elif kind in ("newer", "older"):
        assert trk(sqlite_url, "backup", file).exit_code == 0
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            revision = "9999" if kind == "newer" else "0013"
            database.execute("UPDATE alembic_version SET version_num = ?", [revision])
    content = file_of(sqlite_url).read_bytes()
    refused = trk(sqlite_url, "restore", file, "--force")
    said = {
        "text": "can't be copied: file is not a database",
        "foreign": "not a database of this server: no such table: alembic_version",
        "newer": "at revision 9999, from a version newer than this one",
        "older": "at revision 0013, from a version before 0.2.0",
        "absent": f"There is no file {file}",
    }
    assert refused.exit_code == 1
    assert said[kind] in refused.stderr
    assert file_of(sqlite_url).read_bytes() == content
