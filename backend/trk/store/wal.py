"""SQLite's write-ahead log, where the file to which it belongs is gone."""

from __future__ import annotations

from pathlib import Path


def has_lost_its_file(path: Path) -> str:
    """Is there what was written to the database `path`, but nothing of itself? A sentence then:
    SQLite would throw that away, and begin anew."""
    log = path.with_name(f"{path.name}-wal")
    try:
        if not log.stat().st_size:
            return ""
        there = path.stat().st_size
    except FileNotFoundError:
        there = 0 if log.exists() else 1
    return "" if there else f"{log} has what was written last, but the file it belongs to is gone"
