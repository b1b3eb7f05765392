"""The revisions of the schema: each file of migrations begins with the number of its own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def revisions() -> tuple[str, ...]:
    """The revisions that this version knows, oldest first."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def unknown(revision: str) -> str | None:
    """Why a database at this revision can't be used; None if this version knows it."""
    known = revisions()
    if revision in known:
        return None
    made = "before 0.2.0" if revision < known[0] else "newer than this one"
    return f"its schema is at revision {revision}, from a version {made}"
