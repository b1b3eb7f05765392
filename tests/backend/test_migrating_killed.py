"""A migration whose process is killed in the middle has done nothing, and is done by the next."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

from sqlalchemy import Connection, text

from tests.backend.migrating import differences, down, on
from tests.backend.of_before import BEGUN, FIRST
from trk.store.migrate import migrate
from trk.store.revisions import revisions

LAST = {"sqlite": "rename_table", "postgresql": "create_foreign_key"}
"""What the migration of lists calls last, by database."""
KILLED = """
import asyncio, os, signal, sys
from alembic import op
from trk.store.migrate import migrate
setattr(op, sys.argv[2], lambda *args: os.kill(os.getpid(), signal.SIGKILL))
asyncio.run(migrate(sys.argv[1]))
"""


def _begun(connection: Connection) -> None:
    down(connection, "0202")
    for sql in (*FIRST, *BEGUN):
        connection.execute(text(sql))


def _lists(connection: Connection) -> list[tuple[int, int | None]]:
    lists = "SELECT id, campaign_id FROM draws UNION ALL SELECT id, campaign_id FROM fixed_lists"
    return [tuple(row) for row in connection.execute(text(f"{lists} ORDER BY id"))]


def test_nothing_of_it_stays_and_it_is_done_again(database_url: str) -> None:
    on(database_url, _begun)
    last = LAST[database_url.partition(":")[0]]
    command = [sys.executable, "-c", KILLED, database_url, last]
    killed = subprocess.run(command, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert on(database_url, _revision) == "0202"
    assert on(database_url, _lists) == [(12, 4), (13, 4), (14, None), (15, None)]
    assert asyncio.run(migrate(database_url)) == revisions()[-1]
    assert on(database_url, _lists) == [(12, 4), (13, 4)]
    assert on(database_url, differences) == []


def _revision(connection: Connection) -> str:
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
