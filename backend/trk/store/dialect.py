"""SQL as it is written here, and as each of the two databases reads it.

Written once, with `$1` for arguments; `rows($1) AS r` stands for the rows of a JSON array of
arrays, and `r.value ->> 0` for their columns. `packed[a, b] AS packed` gives all rows as one JSON
array of arrays: a row that is fetched by itself costs more than one that is computed.
`JOIN each[t AS a ON …]` looks for the rows of a table once for each row before it, and never
otherwise: PostgreSQL, which knows how many rows a campaign has on average, would read all of a
large one's at once. `x IN ids($1)` and `x IN texts($1)` are true of what is in a JSON array.
`plain(x)` is the column, which is not to be looked for in an index: where there is one by campaign
beside another one, a planner that does not know the table yet takes a campaign for the fewer rows.
`used(table)` is true once the table has had a row, also if it was deleted since.
`writing(table) AS w` has a row for each transaction under way, other than this one, that writes to
the table, with its `name`; SQLite, which has one writer at a time, has none beside a row that can
be seen. A statement may end with PostgreSQL's `FOR KEY SHARE`, `FOR NO KEY UPDATE` or
`FOR UPDATE`; SQLite needs no locks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_ROWS = re.compile(r"\brows\((\$\d+)\) AS (\w+)")
_PACKED = re.compile(r"\bpacked\[([^\]]+)\]")
_EACH = re.compile(r"\bJOIN each\[(\w+) AS (\w+) ON ([^\]]+)\]")
_IDS = re.compile(r"\bIN ids\((\$\d+)\)")
_TEXTS = re.compile(r"\bIN texts\((\$\d+)\)")
_PLAIN = re.compile(r"\bplain\(([\w.]+)\)")
_USED = re.compile(r"\bused\((\w+)\)")
_WRITING = re.compile(r"\bwriting\((\w+)\) AS (\w+)")
# Who writes to a table locks it, before the first row gets its id and until the transaction ends.
_WRITERS = (
    r"(SELECT l.virtualtransaction AS name FROM pg_locks AS l JOIN pg_database AS d "
    r"ON d.oid = l.database AND d.datname = current_database() "
    r"WHERE l.relation = '\1'::regclass AND l.mode = 'RowExclusiveLock' AND l.granted "
    r"AND l.pid <> pg_backend_pid()) AS \2"
)
_LOCK = re.compile(r" FOR (KEY SHARE|(NO KEY )?UPDATE)$")
_NAMES = tuple(str(n) for n in range(1, 33))


def for_sqlite(sql: str, args: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    """The statement as SQLite takes it, which reads `$1` as a parameter named "1"."""
    return _sqlite_sql(sql), dict(zip(_NAMES, args, strict=False))


@lru_cache(maxsize=1024)
def _sqlite_sql(sql: str) -> str:
    for written, meant in (
        (_LOCK, ""),
        (_ROWS, r"json_each(\1) AS \2"),
        (_PACKED, r"json_group_array(json_array(\1))"),
        (_EACH, r"JOIN \1 AS \2 ON \3"),
        (_IDS, r"IN (SELECT value FROM json_each(\1))"),
        (_TEXTS, r"IN (SELECT value FROM json_each(\1))"),
        (_PLAIN, r"+\1"),
        (_USED, r"EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = '\1' AND seq > 0)"),
        (_WRITING, r"(SELECT NULL AS name WHERE false) AS \2"),
    ):
        sql = written.sub(meant, sql)
    return sql


@lru_cache(maxsize=1024)
def for_postgres(sql: str) -> str:
    """The SQL as PostgreSQL takes it."""
    for written, meant in (
        # Text would be parsed anew for each column.
        (_ROWS, r"jsonb_array_elements(\1::jsonb) WITH ORDINALITY AS \2(value, key)"),
        (_PACKED, r"json_agg(json_build_array(\1))"),
        # Nothing is moved across an OFFSET.
        (_EACH, r"JOIN LATERAL (SELECT * FROM \1 AS \2 WHERE \3 OFFSET 0) AS \2 ON true"),
        # An array is looked for in an index, where the rows of a subquery would be joined, and in
        # whatever order seems best to a planner that knows nothing of a fresh table.
        (_IDS, r"= ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(\1::jsonb)))"),
        (_TEXTS, r"= ANY (ARRAY(SELECT jsonb_array_elements_text(\1::jsonb)))"),
        (_PLAIN, r"\1 + 0"),
        (_USED, r"(SELECT is_called FROM \1_id_seq)"),
        (_WRITING, _WRITERS),
    ):
        sql = written.sub(meant, sql)
    return sql
