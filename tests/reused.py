"""One PostgreSQL database for test after test: each finds it as a fresh copy of the template.

To copy a template and to drop the copy takes a quarter of a second, to empty it some milliseconds.
One that may differ from a copy in anything but rows is dropped all the same.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg

from tests.postgres import PostgresServer

_OWN = "(SELECT oid FROM pg_database WHERE datname = current_database())"
_SCHEMA = {
    "pg_attrdef": "oid >= 16384",
    "pg_attribute": "attrelid >= 16384",
    "pg_class": "oid >= 16384",
    "pg_constraint": "oid >= 16384",
    "pg_database": f"oid = {_OWN}",
    "pg_db_role_setting": f"setdatabase = {_OWN}",
    "pg_default_acl": "true",
    "pg_event_trigger": "true",
    "pg_extension": "true",
    "pg_index": "indexrelid >= 16384",
    "pg_namespace": "true",
    "pg_policy": "true",
    "pg_proc": "oid >= 16384",
    "pg_rewrite": "oid >= 16384",
    "pg_sequence": "true",
    "pg_trigger": "oid >= 16384",
    "pg_type": "oid >= 16384",
}
"""The catalogs that say what a database is, and which of their rows do: PostgreSQL's own things
have numbers below 16384."""

# A row there that is changed gets another xmin; counting and vacuuming leave it.
_FINGERPRINT = "SELECT md5(string_agg(row, ' ' ORDER BY row)) FROM ({}) AS rows(row)".format(
    " UNION ALL ".join(
        f"SELECT concat(tableoid, ctid, xmin) FROM {catalog} WHERE {rows}"
        for catalog, rows in _SCHEMA.items()
    )
)
_ALONE = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid >= 16384"
_SEQUENCES = "SELECT seqrelid::regclass::text FROM pg_sequence"
_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Reused:
    """Copies of a template on a server, of which one is used again as long as it can be."""

    def __init__(self, server: PostgresServer, template: str, name: str) -> None:
        """Their names begin with `name`, a plain word."""
        self._server = server
        self._template = template
        self._names = (f"{name}{number}" for number in itertools.count())
        self._clean: tuple[str, str, str] | None = None

    def close(self) -> None:
        """Drop what is left."""
        if self._clean:
            self._server.drop(self._clean[0])
            self._clean = None

    @contextmanager
    def lend(self) -> Iterator[str]:
        """The URL of a database that is as the template; who leaves the context is done with it."""
        name, fingerprint, cleaning = self._clean or self._new()
        url, self._clean = self._server.url(name), None
        try:
            yield url
        finally:
            if asyncio.run(_cleaned(url, fingerprint, cleaning)):
                self._clean = name, fingerprint, cleaning
            else:
                self._server.drop(name)

    def _new(self) -> tuple[str, str, str]:
        """A new copy: its name, its fingerprint, and the SQL that makes its rows as they are."""
        name = next(self._names)
        return name, *asyncio.run(_look(self._server.create(name, self._template)))


async def _look(url: str) -> tuple[str, str]:
    connection = await asyncpg.connect(url)
    try:
        sql = ["SET session_replication_role = replica"]  # no foreign key is checked
        for (table,) in await connection.fetch(_TABLES):
            sql.append(f"DELETE FROM {table}")
            if rows := await connection.fetchval(f"SELECT json_agg(t)::text FROM {table} AS t"):
                literal = await connection.fetchval("SELECT quote_literal($1)", rows)
                made = f"json_populate_recordset(NULL::{table}, {literal})"
                sql.append(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {made}")
        for (sequence,) in await connection.fetch(_SEQUENCES):
            last, called = await connection.fetchrow(
                f"SELECT last_value, is_called FROM {sequence}"
            )
            sql.append(f"SELECT setval('{sequence}', {last}, {called})")
        return await connection.fetchval(_FINGERPRINT), ";".join(sql)
    finally:
        await connection.close()


async def _cleaned(url: str, fingerprint: str, cleaning: str) -> bool:
    """Make the rows as they were; is the database wholly as it was?"""
    with suppress(*_FAILURES):
        connection: Any = await asyncpg.connect(url)
        try:
            await connection.execute(_ALONE)
            if await connection.fetchval(_FINGERPRINT) == fingerprint:
                await connection.execute(cleaning)
                return True
        finally:
            await connection.close()
    return False
