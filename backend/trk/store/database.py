"""One interface to the two databases: SQLite (one file) and PostgreSQL.

The only file that imports `databases`, which pools the connections.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

import databases

from trk.clock import now_ms
from trk.journal import Deeds, deeds
from trk.store import hosts
from trk.store.dsn import connecting
from trk.store.errors import Duplicate, OnlyRead, Overtaken
from trk.store.lanes import Lanes
from trk.store.postgres import Postgres, PostgresReader
from trk.store.program import Program, Transaction, number
from trk.store.sqlite import SQLiteReader, SQLiteWriter
from trk.store.sqlite_path import path_of
from trk.store.standbys import NotAsked, Standbys
from trk.store.unwritable import Readings, as_it_is

P = ParamSpec("P")
T = TypeVar("T")

_NOW = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS n"
_SOON, _READ, _WRITE, _LONG = 5.0, 10.0, 30.0, 600.0
"""Seconds that a program may take on PostgreSQL. What takes longer has met a server that hangs."""
_TRIES = 3
"""How often a program is run that another one has overtaken; each time, there is less to race
for."""


class Database:
    """One database: a writer (PostgreSQL: two) and a few readers, each on a connection it holds."""

    def __init__(self, url: str, readers: int = 4, *, standbys: str = "") -> None:
        """`url` is `sqlite:///PATH` or an address as PostgreSQL's own tools take it
        (`postgresql://USER:PASSWORD@HOST:PORT/NAME?…`), and `standbys` is another of these, if
        there are some to be asked."""
        sqlite = self.sqlite = url.startswith("sqlite:")
        # SQLite has one writer at a time; on PostgreSQL one transaction is computed while the one
        # before waits for the disk.
        self.write_lanes = 1 if sqlite else 2
        self.changed_at = float("-inf")
        """When something other than beacons was last stored, by time.monotonic."""
        self._writes: SQLiteWriter | Lanes
        if sqlite:
            path = path_of(url)
            self._pool = databases.Database(f"sqlite:///{quote(path)}")
            # It takes quotes away, and so does SQLite after it.
            address = f"sqlite:///{quote(as_it_is(path), safe='/:?=&')}"
            readings = Readings(path, self._pool, databases.Database(address, uri=True))
            self._reads = Lanes(readings, SQLiteReader(), readers)
            self._writes = SQLiteWriter(path)
        else:
            # The driver reads the address, of which `databases` knows less: several hosts, sslmode
            # and so on are as in PostgreSQL's own tools.
            unread = dict.fromkeys(("host", "port", "user", "password", "database"))
            options: dict[str, Any] = {**unread, **connecting(url), "connect": hosts.connect}
            # None that the pool keeps by itself: each lane holds one, and sees to it.
            self._pool = databases.Database(
                "postgresql:", min_size=0, max_size=readers + 2, **options
            )
            self._reads = Lanes(self._pool, PostgresReader(), readers)
            self._writes = Lanes(self._pool, Postgres(), self.write_lanes)
        self._standbys: Standbys | None = None
        if standbys:
            self._standbys = Standbys(
                connecting(standbys, standby=True),
                read=lambda program: self._reads.run(program, _READ),
                write=lambda program: self._write(program, _SOON),
            )

    @property
    def unwritable(self) -> str:
        """Why nothing can be stored, for now: a disk of SQLite's that is full or can only be read.
        Empty if there was no such reason when somebody tried last."""
        return self._writes.unwritable if isinstance(self._writes, SQLiteWriter) else ""

    async def open(self) -> None:
        """Connect. The schema must be there already (see migrate.py)."""
        await self._pool.connect()
        self._writes.open()
        self._reads.open()
        if self._standbys is not None:
            self._standbys.open()

    async def close(self) -> None:
        """Finish the running programs and disconnect."""
        if self._standbys is not None:
            await self._standbys.close()
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

        If another transaction was quicker (Duplicate, Overtaken), it is run again, and sees what
        that one has stored: a program may be repeated, for it does nothing but statements. What it
        notes in the audit is told in the log then. Raises DatabaseError (or Duplicate, if the thing
        is still there) after a rollback.
        """
        by = Deeds()
        told = by

        async def attributed(tx: Transaction) -> T:
            nonlocal told
            # Programs run in a thread or a task of the database, whose context is its own.
            told = by.anew()
            deeds.set(told)
            return await program(tx, *args, **kwargs)

        result = await self._write(attributed, _WRITE)
        self.changed_at = time.monotonic()
        told.tell()
        return result

    async def write_soon(
        self,
        program: Callable[Concatenate[Transaction, P], Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The same for what is no deed and is asked again soon: a database that hangs is given up
        in seconds.

        Raises Unavailable then: whether it was stored shows when it comes again.
        """
        return await self._write(lambda tx: program(tx, *args, **kwargs), _SOON)

    async def _write(self, program: Program[T], limit: float) -> T:
        tries = 1
        while True:
            try:
                return await self._writes.run(program, limit)
            except OnlyRead:
                if tries > 1:
                    raise
                tries = _TRIES
                await self._reads.renew()
            except (Duplicate, Overtaken):
                if tries == _TRIES:
                    raise
                tries += 1

    async def read(
        self,
        program: Callable[Concatenate[Transaction, P], Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `program`, which only reads; its statements may see different instants."""
        return await self._reads.run(lambda tx: program(tx, *args, **kwargs), _READ)

    async def read_public(
        self,
        program: Callable[Concatenate[Transaction, P], Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The same for what the public asks, a few rows at a time: a standby may answer, if it has
        all that was stored when this was asked."""
        if self._standbys is not None and self._standbys.ready:
            with suppress(NotAsked):
                return await self._standbys.ask(lambda tx: program(tx, *args, **kwargs))
        return await self.read(program, *args, **kwargs)

    async def read_through(
        self,
        program: Callable[Concatenate[Transaction, P], Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The same for what looks through all that a campaign has, and may take minutes."""
        return await self._reads.run(lambda tx: program(tx, *args, **kwargs), _LONG)

    async def now(self) -> int:
        """The time (ms since 1970) by the clock that all servers on this database share:
        PostgreSQL's, or this machine's. What one of them leases to itself, the others must not take
        because their own clocks are ahead."""
        return now_ms() if self.sqlite else await self.read(number, _NOW)
