"""How long the disk takes to make a commit durable: what no server can be quicker than."""

from __future__ import annotations

import os
import time
from pathlib import Path

COMMIT_BYTES = 65_536
"""About what a group of 64 beacons writes."""


def syncs(folder: Path, count: int = 40) -> list[float]:
    """Milliseconds of so many writes of COMMIT_BYTES, each followed by fsync, in a file there."""
    took = []
    file = os.open(folder / "sync", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        for _ in range(count):
            os.write(file, bytes(COMMIT_BYTES))
            started = time.perf_counter()
            os.fsync(file)
            took.append((time.perf_counter() - started) * 1000)
    finally:
        os.close(file)
    return took
