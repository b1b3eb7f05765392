"""Rows as others read them, in the API's answers and in exports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import is_dataclass
from typing import Any

from trk.core.instant import iso


def shown_row(row: Any, kind: type[Any] | None = None) -> dict[str, Any]:
    """A data class (or what has the fields of `kind`) as others read it: instants,
    whose names end with `_at`, are RFC 3339."""
    return {
        name: iso(value) if name.endswith("_at") and value is not None else value
        for name in _fields(kind or type(row))
        for value in (getattr(row, name),)
    }


def _fields(kind: type[Any]) -> Iterable[str]:
    names: Iterable[str] = (
        kind.__dataclass_fields__ if is_dataclass(kind) else kind.__struct_fields__
    )
    return names
