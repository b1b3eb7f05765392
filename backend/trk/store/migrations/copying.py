"""Copies SQLite's tables, of which it changes no constraint once they are there.

The schema could be rewritten instead, which takes no time, but not where the library is defensive,
as macOS's is.
Source: https://www.sqlite.org/lang_altertable.html#otheralter
"""

from __future__ import annotations

from collections.abc import Callable

from alembic import op
from sqlalchemy import text


def copy_table(table: str, changed: Callable[[str], str]) -> None:
    """Make a table anew by what `changed` makes of its SQL, with all its rows and indexes."""
    connection = op.get_bind()
    [sql], indexes = _sql_of(table, "table"), _sql_of(table, "index")
    made = changed(sql)
    connection.exec_driver_sql(f"CREATE TABLE new_{table} {made[made.index('(') :]}")
    connection.exec_driver_sql(f"INSERT INTO new_{table} SELECT * FROM {table}")
    # The ids of rows that are gone are not given again.
    if _sql_of("sqlite_sequence", "table"):
        op.execute(f"DELETE FROM sqlite_sequence WHERE name = 'new_{table}'")
        op.execute(f"UPDATE sqlite_sequence SET name = 'new_{table}' WHERE name = '{table}'")
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)
    for index in indexes:
        connection.exec_driver_sql(index)


def _sql_of(table: str, kind: str) -> list[str]:
    """What SQLite's schema has of a table: itself, or its indexes without those of its keys."""
    of = "FROM sqlite_master WHERE type = :kind AND tbl_name = :table AND sql IS NOT NULL"
    found = op.get_bind().execute(text(f"SELECT sql {of}"), {"kind": kind, "table": table})
    return list(found.scalars())
