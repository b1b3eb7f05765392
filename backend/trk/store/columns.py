"""Settings as columns hold them, and back: derived from their fields (see core/setting.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, TypeVar

import msgspec

from trk.core.instant import milliseconds
from trk.core.mistakes import Draft
from trk.core.setting import Kind, fields_of, settings_of
from trk.store.program import Row, Transaction

T = TypeVar("T", bound=msgspec.Struct)

_STORED: Mapping[Kind, Callable[[Any], Any]] = {
    "flag": int,
    "instant": milliseconds,
    "line": str.strip,
    "words": " ".join,
}
_READ: Mapping[Kind, Callable[[Any], Any]] = {
    "flag": bool,
    "words": lambda text: tuple(text.split()),
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


async def insert(tx: Transaction, table: str, columns: Mapping[str, Any]) -> None:
    """Insert a row with these columns; raises Duplicate if a unique key forbids it."""
    marks = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    await tx.fetch(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", *columns.values()
    )


async def update(
    tx: Transaction, table: str, row_id: int, version: int | None, columns: Mapping[str, Any]
) -> bool:
    """Store these columns in a row that has versions; False if `version` is given and not the
    current one."""
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
    changed = await tx.fetch(
        f"UPDATE {table} SET version = version + 1, {names} WHERE id = $1 "
        "AND (CAST($2 AS INTEGER) IS NULL OR version = $2) RETURNING id",
        row_id,
        version,
        *columns.values(),
    )
    return bool(changed)
