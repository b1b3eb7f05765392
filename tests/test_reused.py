"""No test sees what another one has left in PostgreSQL, though both get the same database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.postgres import PostgresServer
from tests.reused import Reused

_TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
)
_COLUMNS = (
    "SELECT column_name, data_type FROM information_schema.columns "
    "WHERE table_schema = 'public' AND table_name = $1"
)
_SHAPE = (
    "SELECT attrelid::regclass::text, attname::text, format_type(atttypid, atttypmod), attnotnull, "
    "attnum, attacl::text FROM pg_attribute WHERE attrelid >= 16384",
    "SELECT oid::regclass::text, relkind::text, relacl::text, reloptions::text FROM pg_class "
    "WHERE oid >= 16384 AND relkind <> 't'",
    "SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE oid >= 16384",
    "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid FROM pg_index "
    "WHERE indexrelid >= 16384",
    "SELECT adrelid::regclass::text, pg_get_expr(adbin, adrelid) FROM pg_attrdef",
    "SELECT tgrelid::regclass::text, tgfoid::regproc::text, tgenabled::text FROM pg_trigger",
    "SELECT proname::text FROM pg_proc WHERE oid >= 16384",
    "SELECT nspname::text, nspacl::text FROM pg_namespace",
    "SELECT seqrelid::regclass::text, seqincrement, seqstart FROM pg_sequence",
    "SELECT name, setting FROM pg_settings WHERE source = 'database'",
)
_ALTERATIONS = (
    "ALTER TABLE actions ADD COLUMN more text",
    "ALTER TABLE campaigns ALTER COLUMN name SET DEFAULT 'x'",
    "ALTER TABLE completions DISABLE TRIGGER ALL",
    "ALTER TABLE xrefs DROP CONSTRAINT pk_xrefs",
    "ALTER SEQUENCE campaigns_id_seq INCREMENT 2",
    "ALTER DATABASE {name} SET default_transaction_read_only = on",
    "CREATE TABLE more (id bigint)",
    "CREATE FUNCTION more() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "DROP INDEX ix_xrefs_entrant_id",
    "DROP INDEX ix_xrefs_entrant_id; CREATE INDEX ix_xrefs_entrant_id ON xrefs (entrant_id)",
    "DROP SCHEMA public CASCADE",
    "GRANT SELECT ON owners TO public",
)
_VALUES = {
    "bigint": "7",
    "integer": "7",
    "boolean": "true",
    "bytea": "'7'",
    "text": "'7'",
    "character varying": "'7'",
}


async def _do(url: str, *sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for each in sql:
            await connection.execute(each)
    finally:
        await connection.close()


async def _fill(url: str) -> None:
    """A row in every table, with the next number of each sequence."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for (table,) in await connection.fetch(_TABLES):
            columns = await connection.fetch(_COLUMNS, table)
            sequence = [
                name
                for name, _ in columns
                if await connection.fetchval("SELECT pg_get_serial_sequence($1, $2)", table, name)
            ]
            given = {name: _VALUES[kind] for name, kind in columns if name not in sequence}
            await connection.execute(
                f"INSERT INTO {table} ({', '.join(given)}) VALUES ({', '.join(given.values())})"
            )
    finally:
        await connection.close()


async def _rows(url: str) -> dict[str, Any]:
    """All rows of all tables, and what each sequence gives next."""
    connection = await asyncpg.connect(url)
    try:
        rows = {
            table: await connection.fetchval(f"SELECT json_agg(t)::text FROM {table} AS t")
            for (table,) in await connection.fetch(_TABLES)
        }
        sequences = await connection.fetch("SELECT seqrelid::regclass::text FROM pg_sequence")
        numbers = {
            sequence: await connection.fetchval(f"SELECT nextval('{sequence}')")
            for (sequence,) in sequences
        }
        return rows | numbers
    finally:
        await connection.close()


async def _shape(url: str) -> list[list[tuple[Any, ...]]]:
    """Whatever can be told of the schema."""
    connection = await asyncpg.connect(url)
    try:
        return [sorted(map(tuple, await connection.fetch(sql)), key=repr) for sql in _SHAPE]
    finally:
        await connection.close()


@pytest.fixture
def databases(postgres_server: PostgresServer, _postgres_template: str) -> Iterator[Reused]:
    """Databases of this test's own, that are gone at its end."""
    databases = Reused(postgres_server, _postgres_template, "reusing")
    yield databases
    databases.close()


@pytest.fixture
def fresh(postgres_server: PostgresServer, _postgres_template: str) -> Iterator[str]:
    """A copy of the template as it is."""
    yield postgres_server.create("fresh", _postgres_template)
    postgres_server.drop("fresh")


def test_of_what_is_written_into_every_table_the_next_one_sees_nothing(
    databases: Reused, fresh: str
) -> None:
    with databases.lend() as first:
        asyncio.run(_fill(first))
        written = asyncio.run(_rows(first))
        assert None not in written.values()
    with databases.lend() as second:
        assert second == first
        left = asyncio.run(_rows(second))
        assert left == asyncio.run(_rows(fresh)) != written
        assert {left[name] for name in left if name.endswith("_seq")} == {1}
        assert asyncio.run(_shape(second)) == asyncio.run(_shape(fresh))


def test_counting_and_vacuuming_is_no_change(databases: Reused) -> None:
    with databases.lend() as first:
        asyncio.run(_do(first, "VACUUM (ANALYZE, FREEZE)"))
    with databases.lend() as second:
        assert second == first


def test_a_schema_that_is_altered_is_whole_for_the_next_one(databases: Reused, fresh: str) -> None:
    whole = asyncio.run(_shape(fresh))
    lent: list[str] = []
    for sql in (*_ALTERATIONS, "SELECT 1"):
        with databases.lend() as url:
            assert asyncio.run(_shape(url)) == whole, f"after {_ALTERATIONS[len(lent) - 1]}"
            asyncio.run(_do(url, sql.format(name=urlsplit(url).path[1:])))
            lent.append(url)
    assert len(set(lent)) == len(lent)


def test_what_another_connection_holds_is_free_for_the_next_one(
    databases: Reused, fresh: str
) -> None:
    async def hold(url: str) -> Any:
        connection = await asyncpg.connect(url)
        await connection.execute("SELECT pg_advisory_lock(1)")
        await connection.execute("BEGIN; LOCK TABLE actions; UPDATE tallied SET up_to = 9")
        return connection

    with asyncio.Runner() as other:
        with databases.lend() as first:
            held = other.run(hold(first))
        with databases.lend() as second:
            assert second == first
            asyncio.run(_do(second, "SET lock_timeout = 1", "SELECT pg_advisory_lock(1)"))
            assert asyncio.run(_rows(second)) == asyncio.run(_rows(fresh))
        held.terminate()


def test_one_that_is_gone_is_made_anew(databases: Reused, postgres_server: PostgresServer) -> None:
    with databases.lend() as first:
        postgres_server.drop(urlsplit(first).path[1:])
    with databases.lend() as second:
        asyncio.run(_do(second, "SELECT * FROM campaigns"))
