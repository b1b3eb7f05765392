"""One interface to the two databases: SQLite (one file) and PostgreSQL.

The only file that imports `databases`, which pools the connections.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

import databases

from trk.journal import Deeds, deeds
from trk.store.lanes import Lanes
from trk.store.postgres import Postgres
from trk.store.program import Transaction
from trk.store.sqlite import SQLiteReader, SQLiteWriter

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """One database: a writer (PostgreSQL: two) and a few readers, each on a connection it holds."""

    def __init__(self, url: str, readers: int = 4) -> None:
        """`url` is `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST:PORT/NAME`."""
        sqlite = self.sqlite = url.startswith("sqlite:")
        options: dict[str, Any] = {} if sqlite else {"min_size": 1, "max_size": readers + 2}
        self._pool = databases.Database(url, **options)
        self._reads = Lanes(self._pool, SQLiteReader() if sqlite else Postgres(), readers)
        # SQLite has one writer at a time; on PostgreSQL one transaction is computed while the one
        # before waits for the disk.
        self.write_lanes = 1 if sqlite else 2
        self._writes: SQLiteWriter | Lanes
        if sqlite:
            self._writes = SQLiteWriter(self._pool.url.database)
        else:
            self._writes = Lanes(self._pool, Postgres(), self.write_lanes)

    async def open(self) -> None:
        """Connect. The schema must be there already (see migrate.py)."""
        await self._pool.connect()
        self._writes.open()
        self._reads.open()

    async def close(self) -> None:
        """Finish the running programs and disconnect."""
        await self._reads.close()
        await self._writes.close()
        await self._pool.disconnect()

    async def write(
        self,
        program: Callable[Concatenate[Transaction, P], Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `program` in one transaction and return its result after the commit.

        What it notes in the audit is told in the log then. Raises DatabaseError (or Duplicate)
        after a rollback.
        """
        these = Deeds()

        async def attributed(tx: Transaction) -> T:
            # Programs run in a thread or a task of the database, whose context is its own.
            deeds.set(these)
            return await program(tx, *args, **kwargs)

        result = await self._writes.run(attributed)
        these.tell()
        return result

    async def read(
        self,
        program: Callable[Concatenate[Transaction, P], Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `program`, which only reads; its statements may see different instants."""
        return await self._reads.run(lambda tx: program(tx, *args, **kwargs))
