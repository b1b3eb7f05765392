"""The migrations lead to the schema that is written down, on both databases, and back."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from tests.backend.migrating import differences, down, on, up
from trk.store.errors import DatabaseError
from trk.store.migrate import migrate
from trk.store.revisions import MIGRATIONS, revisions


def _down_and_up(connection: Connection) -> list[str]:
    down(connection, "base")
    left = inspect(connection).get_table_names()
    up(connection)
    return left


def test_the_migrated_database_has_the_schema_that_is_written_down(database_url: str) -> None:
    assert on(database_url, differences) == []


def test_each_migration_s_file_has_the_number_that_alembic_knows_it_by() -> None:
    known = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    assert tuple(each.revision for each in known)[::-1] == revisions()


def test_who_has_nothing_to_migrate_does_not_load_alembic(database_url: str) -> None:
    program = f"""
import asyncio, sys
from trk.store.migrate import migrate
from trk.store.revisions import MIGRATIONS, revisions
print(asyncio.run(migrate({database_url!r})), "alembic" in sys.modules)"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [revisions()[-1], "False"]


def test_the_migrations_can_be_taken_back_and_applied_again(database_url: str) -> None:
    assert on(database_url, _down_and_up) == ["alembic_version"]
    assert on(database_url, differences) == []


def test_sessions_from_before_the_second_factor_go_on_and_half_ones_do_not(
    database_url: str,
) -> None:
    def there_and_back(connection: Connection) -> list[Any]:
        down(connection, "0025")
        connection.exec_driver_sql(
            "INSERT INTO owners (id, name, email, email_folded, password_hash, created_at) "
            "VALUES (1, 'Ann', 'a@x.test', 'a@x.test', '', 1)"
        )
        insert = "INSERT INTO owner_sessions (token_hash, owner_id, created_at, expires_at"
        connection.exec_driver_sql(f"{insert}) VALUES ('old', 1, 7, 9)")
        up(connection)
        connection.exec_driver_sql(f"{insert}, code_due) VALUES ('half', 1, 8, 9, 1)")
        read = "SELECT token_hash, proved_at, code_due FROM owner_sessions ORDER BY created_at"
        now = [tuple(row) for row in connection.exec_driver_sql(read)]
        down(connection, "0025")
        before = connection.exec_driver_sql("SELECT token_hash FROM owner_sessions").scalars().all()
        up(connection)
        return [now, list(before)]

    assert on(database_url, there_and_back) == [[("old", 7, 0), ("half", 0, 1)], ["old"]]


def test_sessions_and_tickets_survive_their_migration_both_ways(database_url: str) -> None:
    def work(connection: Connection) -> list[Any]:
        down(connection, "0017")
        for statement in (
            "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
            "VALUES (1, 'y2sB7', 'Win', 'win', 'competition', 'UTC', 's', 1)",
            "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
            "VALUES (1, 1, 'Ann', 'a@b.test', 'a@b.test', 1)",
            "INSERT INTO entrant_sessions (token_hash, entrant_id, created_at) VALUES ('t', 1, 1)",
            "INSERT INTO tickets (id, token_hash, campaign_id, visitor, arrived_at) "
            "VALUES (1, 'h', 1, 'v', 5)",
        ):
            connection.exec_driver_sql(statement)
        up(connection)
        # Nobody is signed out by the update.
        [used] = connection.exec_driver_sql("SELECT used_at FROM entrant_sessions").one()
        assert used > 1_700_000_000_000
        found = connection.exec_driver_sql("SELECT visitor, browser_hash FROM tickets").all()
        down(connection, "0017")
        up(connection)
        assert len(connection.exec_driver_sql("SELECT id FROM tickets").all()) == 1
        return [tuple(row) for row in found]

    assert on(database_url, work) == [("v", "")]
    assert on(database_url, differences) == []


@pytest.mark.parametrize(
    ("revision", "made"), [("0013", "before 0.2.0"), ("9999", "newer than this one")]
)
def test_a_database_of_another_version_is_left_alone_and_told(
    database_url: str, revision: str, made: str
) -> None:
    def stamp(connection: Connection) -> None:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")

    on(database_url, stamp)
    with pytest.raises(DatabaseError) as caught:
        asyncio.run(migrate(database_url))
    assert str(caught.value).endswith(
        f"can't be used: its schema is at revision {revision}, from a version {made}; start with a "
        "new database, or use that version."
    )
