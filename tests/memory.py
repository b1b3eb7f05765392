"""Where the short run keeps its files: in memory, if the machine has room there.

Each database of a test waits for the disk at each of its commits, and nobody looks at it
afterwards. `make test-all` uses the disk.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psutil

SHARED = Path("/dev/shm")
"""Where Linux has it."""
ROOM = 2 << 30
"""Bytes that must be free: a run has files of 0.4 GiB, and its processes take some as well."""


def folder(place: Path = SHARED) -> Path | None:
    """A folder in memory that is as good for tests as one on the disk, or None."""
    try:
        found = os.statvfs(place)
    except OSError:
        return None
    # Tests run programs that they write.
    if found.f_flag & os.ST_NOEXEC or not os.access(place, os.W_OK | os.X_OK):
        return None
    free = min(found.f_bavail * found.f_frsize, psutil.virtual_memory().available)
    return place if free >= ROOM else None


def use() -> None:
    """Have this process and all that it starts keep temporary files there, unless TMPDIR says
    where."""
    if "TMPDIR" not in os.environ and (found := folder()):
        os.environ["TMPDIR"] = tempfile.tempdir = str(found)
