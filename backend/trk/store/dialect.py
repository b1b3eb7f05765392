"""SQL as it is written here, and as each of the two databases reads it.

Written once, with `$1` for arguments; `rows($1) AS r` stands for the rows of a JSON array of
arrays, and `r.value ->> 0` for their columns. `packed[a, b] AS packed` gives all rows as one JSON
array of arrays: a row that is fetched by itself costs more than one that is computed. A statement
may end with PostgreSQL's `FOR KEY SHARE`, `FOR NO KEY UPDATE` or `FOR UPDATE`; SQLite, which has
one writer at a time, needs no locks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_ROWS = re.compile(r"\brows\((\$\d+)\) AS (\w+)")
_PACKED = re.compile(r"\bpacked\[([^\]]+)\]")
_LOCK = re.compile(r" FOR (KEY SHARE|(NO KEY )?UPDATE)$")
_NAMES = tuple(str(n) for n in range(1, 33))


def for_sqlite(sql: str, args: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    """The statement as SQLite takes it, which reads `$1` as a parameter named "1"."""
    return _sqlite_sql(sql), dict(zip(_NAMES, args, strict=False))


@lru_cache(maxsize=1024)
def _sqlite_sql(sql: str) -> str:
    unlocked = _LOCK.sub("", sql)
    return _PACKED.sub(
        r"json_group_array(json_array(\1))", _ROWS.sub(r"json_each(\1) AS \2", unlocked)
    )


@lru_cache(maxsize=1024)
def for_postgres(sql: str) -> str:
    """The SQL as PostgreSQL takes it."""
    return _PACKED.sub(
        r"json_agg(json_build_array(\1))",
        _ROWS.sub(r"json_array_elements(\1::json) WITH ORDINALITY AS \2(value, key)", sql),
    )
