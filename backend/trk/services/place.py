"""Where a process stands among those that serve together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trk.services.downloads import Downloads
from trk.services.wakes import Wakes


@dataclass(frozen=True, slots=True)
class Place:
    """The process `number` (from 0) of so many (`of`), and what all of them share.

    `folder` is for their sockets, and nobody else's.
    """

    number: int
    of: int
    folder: Path
    wakes: Wakes
    downloads: Downloads
    has_store: bool
    """Is there a store process? There is for SQLite."""

    @property
    def runs_jobs(self) -> bool:
        """Does this one run the jobs? The others wake them there."""
        return self.number == 0

    @property
    def store(self) -> Path:
        """The socket of the store process."""
        return self.folder / "store"

    def metrics(self, number: int) -> Path:
        """The socket at which a process tells what it has counted."""
        return self.folder / f"metrics-{number}"
