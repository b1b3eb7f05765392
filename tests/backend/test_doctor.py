"""`trk doctor`: each check fails for real, and says what to do."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiosmtpd.handlers import Sink

from tests.backend.connections import held_writes
from tests.backend.doctor_runs import doctor, is_failed, is_warning, trk
from tests.backend.mail_servers import Serve
from trk.clock import now_ms
from trk.core.mail import Mail
from trk.doctor import database, machine
from trk.doctor.mail import mail_server
from trk.settings import Settings
from trk.store import mails
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.inspection import Inspected, inspect
from trk.store.revisions import revisions
from trk_sdk.testkit.process import Backend

pytestmark = pytest.mark.by_turns


def test_of_a_server_that_is_well_nothing_has_failed(backend: Backend) -> None:
    backend.start()
    status, found = doctor(backend.database, backend.url)
    assert status == 0
    kinds = {"versions", "database", "writing", "schema", "tracking names", "newest beacon"}
    assert kinds | {"mail server"} <= set(found)
    assert found["public address"].status == found["proxy"].status == "ok"
    kinds = {"disk space", "file system", "journal"}
    if backend.database.startswith("sqlite:"):
        assert kinds <= set(found)
        assert found["journal"].found == "write-ahead (WAL)"
    else:
        assert kinds.isdisjoint(found)
        assert found["database clock"].status == "ok"


def test_for_people_each_check_is_a_line_with_what_to_do(sqlite_backend: Backend) -> None:
    sqlite_backend.start()
    done = trk(sqlite_backend.database, sqlite_backend.url, "doctor")
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert len(lines) == 16
    assert all(line.split()[0] in ("ok", "warning", "failed") for line in lines)
    [mail] = [line for line in lines if "mail server" in line]
    assert mail.startswith(
        "warning  mail server     none: e-mails are only shown in the log. Set TRK_"
    )
    assert "\x1b" not in done.stdout


def test_a_server_that_is_down_fails_with_status_1(sqlite_backend: Backend) -> None:
    status, found = doctor(sqlite_backend.database, sqlite_backend.url)
    assert status == 1
    is_failed(found["public address"], "does not answer: Connection refused", "proxy in front")


def test_a_database_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/none.db"
    status, found = doctor(url, "http://localhost:1")
    assert status == 1
    is_failed(found["database"], "there is no file", "trk migrate creates a new database")
    assert "schema" not in found
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_does_not_answer_fails_without_its_password() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        url = f"postgresql://trk:s3cret@127.0.0.1:{port}/trk"
        done = trk(url, "http://localhost:1", "doctor")
    assert done.exit_code == 1
    assert f"failed   database        postgresql://trk:***@127.0.0.1:{port}/trk" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr


async def test_a_file_that_is_no_database_fails(tmp_path: Path) -> None:
    (tmp_path / "trk.db").write_text("a letter to mother" * 500)
    with pytest.raises(DatabaseError, match="file is not a database"):
        await look(f"sqlite:///{tmp_path}/trk.db")


@pytest.mark.parametrize("where", ["head", "middle", "end"])
def test_a_damaged_file_is_told_to_be_restored_and_can_be(
    where: str, sqlite_url: str, tmp_path: Path
) -> None:
    asyncio.run(_fill(sqlite_url))
    backup, file = tmp_path / "sound.db", Path(sqlite_url.removeprefix("sqlite:///"))
    assert trk(sqlite_url, "http://localhost:1", "backup", str(backup)).exit_code == 0
    content = bytearray(file.read_bytes())
    if where == "end":
        del content[len(content) // 2 :]
    else:
        begin = 0 if where == "head" else len(content) - 40 * 4096
        content[begin : begin + 20 * 4096] = b"\xff" * (20 * 4096)
    file.write_bytes(content)
    status, found = doctor(sqlite_url, "http://localhost:1")
    assert status == 1
    is_failed(found["database"], "is damaged: ", "restore a backup: trk restore")
    restored = trk(sqlite_url, "http://localhost:1", "restore", "--force", str(backup))
    assert restored.exit_code == 0, restored.stderr
    assert doctor(sqlite_url, "http://localhost:1")[1]["database"].status == "ok"


@pytest.mark.parametrize("left", [None, b""])
def test_a_log_without_its_file_is_told_and_kept_until_it_is_restored(
    left: bytes | None, sqlite_url: str, tmp_path: Path
) -> None:
    backup, file = tmp_path / "sound.db", Path(sqlite_url.removeprefix("sqlite:///"))
    assert trk(sqlite_url, "http://localhost:1", "backup", str(backup)).exit_code == 0
    log = file.with_name(f"{file.name}-wal")
    log.write_bytes(b"what was written last")
    file.unlink()
    if left is not None:
        file.write_bytes(left)
    status, found = doctor(sqlite_url, "http://localhost:1")
    assert status == 1
    is_failed(found["database"], "the file it belongs to is gone", "restore a backup: trk restore")
    for command in ("migrate", "serve"):
        done = trk(sqlite_url, "http://localhost:1", command)
        assert done.exit_code == 1
        assert "the file it belongs to is gone; bring it back" in done.stderr
    assert log.read_bytes() == b"what was written last"
    restored = trk(sqlite_url, "http://localhost:1", "restore", "--force", str(backup))
    assert restored.exit_code == 0, restored.stderr
    assert doctor(sqlite_url, "http://localhost:1")[1]["database"].status == "ok"


def test_a_file_that_became_empty_is_told_to_be_restored(tmp_path: Path) -> None:
    (tmp_path / "trk.db").touch()
    _, found = doctor(f"sqlite:///{tmp_path}/trk.db", "http://localhost:1")
    is_failed(found["schema"], "missing", "restore a backup: trk restore")


async def _fill(url: str) -> None:
    database = Database(url)
    await database.open()
    for n in range(300):
        mail = Mail(f"topic {n}", "ann@shop.example", "Hello", "Hello\n" * 200)
        await database.write(mails.queue, mail, 1)
    await database.close()


async def look(url: str, **more: Any) -> Inspected:
    return await inspect(url, now_ms, **more)


async def test_a_database_in_which_nothing_can_be_stored_fails(sqlite_url: str) -> None:
    async with held_writes(sqlite_url):
        seen = await look(sqlite_url, patience=0.1)
    is_failed(database.writable(seen), "database is locked", "nothing else holds the database")


async def test_a_postgresql_that_is_read_only_fails(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    finally:
        await connection.close()
    seen = await look(postgres_url)
    is_failed(database.writable(seen), "read-only transaction", "not mounted read-only")


@pytest.mark.parametrize(
    ("sql", "found", "todo"),
    [
        (
            "UPDATE alembic_version SET version_num = '0002'",
            "at revision 0002, from a version before 0.2.0",
            "a new database",
        ),
        (
            "UPDATE alembic_version SET version_num = '9999'",
            "from a newer version",
            "newer version",
        ),
        ("DROP TABLE alembic_version", "missing", "trk migrate"),
    ],
)
async def test_a_schema_of_another_version_fails(
    sql: str, found: str, todo: str, database_url: str
) -> None:
    assert database.migrations(await look(database_url), revisions()).status == "ok"
    await execute(database_url, sql)
    is_failed(database.migrations(await look(database_url), revisions()), found, todo)


async def execute(url: str, sql: str) -> None:
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            connection.execute(sql)
        return
    connected = await asyncpg.connect(url)
    try:
        await connected.execute(sql)
    finally:
        await connected.close()


async def test_sqlite_that_has_lost_its_wal_is_a_warning(sqlite_backend: Backend) -> None:
    url = sqlite_backend.database
    assert database.journal(await look(url)).status == "ok"  # no server has started on it yet
    sqlite_backend.start()
    sqlite_backend.stop()
    await execute(url, "PRAGMA journal_mode = DELETE")
    is_warning(database.journal(await look(url)), "delete instead of WAL", "Start the server")


async def test_a_beacon_from_the_future_fails(database_url: str) -> None:
    seen = await look(database_url)
    assert machine.clock_against_beacons(seen.newest, now_ms()).found == "none yet"
    await execute(
        database_url,
        "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
        "VALUES (1, 'y2sB7', 'Win', 'win', 'competition', 'UTC', 's', 1)",
    )
    await execute(
        database_url,
        "INSERT INTO trackings (campaign_id, beacon, n, visitor, name, happened_at, received_at, "
        f"outcome) VALUES (1, 'b', 0, 'v', 'VIP', 1, {now_ms() + 3_600_000}, 'waiting')",
    )
    seen = await look(database_url)
    assert seen.newest is not None
    is_failed(
        machine.clock_against_beacons(seen.newest, now_ms()),
        "the clock was set back",
        "timedatectl",
    )
    assert machine.clock_against_beacons(seen.newest, seen.newest + 90_000).found == "90 s ago"


@pytest.mark.parametrize(("apart", "status"), [(0, "ok"), (20, "warning"), (100, "failed")])
async def test_a_clock_that_is_not_the_database_s_is_told(
    apart: int, status: str, postgres_url: str
) -> None:
    seen = await inspect(postgres_url, lambda: now_ms() - apart * 1000)
    assert seen.now is not None
    found = machine.clock_against_database(*seen.now)
    assert found.status == status
    if apart:
        assert f"{apart}." in found.found
        assert "Set both clocks" in found.todo


def test_a_mail_server_that_is_absent_away_or_refuses_us_is_told(serve: Serve) -> None:
    smtp = serve(Sink())  # it knows no passwords
    well = Settings(smtp=smtp, mail_from="win@shop.example")
    assert mail_server(well).found == "connected; e-mails come from win@shop.example"
    is_warning(mail_server(Settings()), "only shown in the log", "Set TRK_SMTP")
    ours = Settings(smtp=smtp)
    is_warning(mail_server(ours), "would come from noreply@localhost", "Set TRK_MAIL_FROM")
    refused = mail_server(Settings(smtp=smtp.replace("//", "//me:s3cret@")))
    is_failed(refused, "SMTPNotSupportedError", "user and password")
    assert "s3cret" not in refused.found
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = Settings(smtp=f"smtp://127.0.0.1:{closed.getsockname()[1]}")
        is_failed(mail_server(away), "ConnectionRefusedError", "host, port")
