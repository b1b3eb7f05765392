"""Settings as columns hold them, and back: derived from their fields (see core/setting.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

import msgspec

from trk.core.instant import milliseconds
from trk.core.mistakes import Draft
from trk.core.setting import Kind, fields_of, settings_of
from trk.store.program import Row, Transaction, as_rows, ids, number

T = TypeVar("T", bound=msgspec.Struct)

_STORED: Mapping[Kind, Callable[[Any], Any]] = {
    "flag": int,
    "instant": milliseconds,
    "words": " ".join,
    "lines": "\n".join,
}
_READ: Mapping[Kind, Callable[[Any], Any]] = {
    "flag": bool,
    "words": lambda text: tuple(text.split()),
    "lines": lambda text: tuple(text.splitlines()),
}


def columns_of(draft: Draft) -> dict[str, Any]:
    """The columns that hold what an owner sets."""
    return {
        name: _STORED[kind](value) if kind in _STORED else value
        for name, kind, *_ in settings_of(type(draft))
        for value in (getattr(draft, name),)
    }


def reader(thing: type[T]) -> Callable[[Row], T]:
    """A function that makes a `thing` of a row that has its fields as columns."""
    names = thing.__struct_fields__
    take = itemgetter(*names)
    converted = [(each.name, _READ[each.kind]) for each in fields_of(thing) if each.kind in _READ]

    def read(row: Row) -> T:
        values = dict(zip(names, take(row), strict=True))
        for name, convert in converted:
            values[name] = convert(values[name])
        return thing(**values)

    return read


async def insert(tx: Transaction, table: str, **columns: Any) -> None:
    """Insert a row with these columns; raises Duplicate if a unique key forbids it."""
    await tx.fetch(_inserting(table, columns), *columns.values())


async def insert_row(tx: Transaction, table: str, **columns: Any) -> int:
    """Insert a row with these columns: its id. Raises Duplicate if a unique key forbids it."""
    return await number(tx, f"{_inserting(table, columns)} RETURNING id AS n", *columns.values())


async def insert_new(tx: Transaction, table: str, **columns: Any) -> int | None:
    """Insert a row with these columns, unless a unique key forbids it: its id, or None."""
    sql = f"{_inserting(table, columns)} ON CONFLICT DO NOTHING RETURNING id"
    return next(iter(await ids(tx, sql, *columns.values())), None)


async def reorder(tx: Transaction, table: str, campaign_id: int, in_order: Sequence[int]) -> None:
    """Put a campaign's rows, named by their ids, into this order."""
    sql = (
        f"UPDATE {table} SET position = CAST(r.value ->> 1 AS INTEGER) FROM rows($1) AS r "
        f"WHERE {table}.id = CAST(r.value ->> 0 AS BIGINT) AND {table}.campaign_id = $2"
    )
    await tx.fetch(sql, as_rows([(each, n) for n, each in enumerate(in_order, 1)]), campaign_id)


def _inserting(table: str, columns: Mapping[str, Any]) -> str:
    marks = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"


async def update(
    tx: Transaction,
    table: str,
    key: Mapping[str, int],
    version: int | None,
    columns: Mapping[str, Any],
) -> bool:
    """Store these columns in the row with this key, which has versions; False if `version` is given
    and not the current one."""
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 2))
    one = " AND ".join(f"{name} = ${n}" for n, name in enumerate(key, 2 + len(columns)))
    sql = (
        f"UPDATE {table} SET version = version + 1, {names} WHERE {one} "
        "AND (CAST($1 AS INTEGER) IS NULL OR version = $1) RETURNING id"
    )
    changed = await tx.fetch(sql, version, *columns.values(), *key.values())
    return bool(changed)
