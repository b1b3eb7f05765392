"""Who stores the groups of beacons that a writer makes: this process, or another (store_client)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from trk.store import beacons, instance
from trk.store.database import Database
from trk.store.errors import DatabaseError, Mistake
from trk.store.submissions import Reply, Submission

log = logging.getLogger(__name__)


@contextmanager
def contained() -> Iterator[None]:
    """Let a mistake of ours be an error of the group that it was made with, and of no other."""
    try:
        yield
    except DatabaseError:
        raise
    except Exception as mistake:
        log.critical("a group of beacons was not stored", exc_info=mistake)
        raise Mistake(f"a mistake of ours: {type(mistake).__name__}: {mistake}") from mistake


class Storing(Protocol):
    """Who stores groups."""

    lanes: int
    """How many groups may be under way at once."""
    pace: float
    """Seconds from the beginning of one group to that of the next, at least: under load they are
    larger for it, and each costs less. Who is alone is stored at once."""

    several: bool
    """Does a group hold beacons of several campaigns? On SQLite, where one transaction comes after
    the other, they share a commit; on PostgreSQL each campaign has transactions of its own."""

    async def store(self, group: Sequence[Submission]) -> list[Reply]:
        """Store a group in one transaction; the replies come after its commit. Raises
        DatabaseError."""

    async def prove(self) -> None:
        """Store something, whatever it is. Raises DatabaseError."""

    def close(self) -> None:
        """No group is under way any more."""


class StoringHere:
    """This process stores them itself."""

    pace = 0.0

    def __init__(self, database: Database) -> None:
        self._database = database
        self.lanes = database.write_lanes
        self.several = database.sqlite

    async def store(self, group: Sequence[Submission]) -> list[Reply]:
        """Store a group."""
        with contained():
            return await self._database.write_soon(beacons.store, group)

    async def prove(self) -> None:
        """Store something."""
        await self._database.write_soon(instance.prove)

    def close(self) -> None:
        """The database is closed by whom it belongs to."""
