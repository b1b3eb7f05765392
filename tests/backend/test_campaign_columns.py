"""Each row of a campaign names it: rows from before the migration, and on PostgreSQL those that a
server of the version before goes on inserting."""

from __future__ import annotations

from sqlalchemy import Connection, text

from tests.backend.migrating import differences, down, on, up
from tests.backend.of_before import BEFORE, BEGUN, COPIED, FIRST, LOST, UNNAMED, campaigns, insert


def whole(connection: Connection) -> None:
    """SQLite's tables and indexes hold what their schema says."""
    if connection.dialect.name == "sqlite":
        assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def _there_and_back(connection: Connection) -> None:
    down(connection, BEFORE)
    for sql in (*FIRST, *BEGUN):
        connection.execute(text(sql))
    for rows in (UNNAMED, LOST, COPIED):
        insert(connection, rows, 6)
    # Nobody asks for it any more, and nothing says whose it was.
    connection.execute(
        text(
            "INSERT INTO webhook_deliveries (webhook_id, type, subject_id, queued_at) "
            "VALUES (99, 'webhook.test', 1, 1)"
        )
    )
    up(connection)
    expected = {table: [4] * (1 + (table in LOST)) for table in UNNAMED}
    copied = {table: [4, 4] for table in COPIED}
    assert campaigns(connection) == expected | copied
    assert differences(connection) == []
    whole(connection)
    down(connection, BEFORE)
    whole(connection)
    up(connection)
    assert campaigns(connection) == expected


def test_rows_from_before_get_their_campaign(database_url: str) -> None:
    on(database_url, _there_and_back)


def _goes_on(connection: Connection) -> None:
    for sql in FIRST:
        connection.execute(text(sql))
    insert(connection, UNNAMED, 6)
    insert(connection, LOST, 6)
    assert campaigns(connection) == {table: [4] * (1 + (table in LOST)) for table in UNNAMED}


def test_rows_of_a_server_of_the_version_before_get_theirs_as_it_inserts_them(
    postgres_url: str,
) -> None:
    on(postgres_url, _goes_on)
