"""Tasks that run programs, each on a connection of a pool that it holds."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from trk.store.errors import Unavailable, translated
from trk.store.program import Program, T

log = logging.getLogger(__name__)

_Job = tuple[Program[Any], float, "asyncio.Future[Any]"]


class Pool(Protocol):
    """Where connections come from."""

    def connection(self) -> AbstractAsyncContextManager[Any]:
        """A connection; its `raw_connection` is the driver's."""


class Dialect(Protocol):
    """How a lane uses a driver's connection."""

    async def prepare(self, raw: Any) -> None:
        """Make a new connection ready."""

    async def run(self, raw: Any, program: Program[T], limit: float) -> T:
        """Run a program on it, which may take so many seconds."""

    def is_closed(self, raw: Any) -> bool:
        """Has the other side closed it?"""

    def is_lost(self, raw: Any, error: BaseException) -> bool:
        """Is the connection of no use any more after this error?"""


class Lanes:
    """Tasks that each hold one connection of the pool and take programs from one queue.

    A connection is opened (and prepared with its settings) once, not per query, and opened again
    when it is lost.
    """

    def __init__(self, pool: Pool, dialect: Dialect, lanes: int) -> None:
        self._pool = pool
        self._dialect = dialect
        self._size = lanes
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._renewal: asyncio.Task[None] | None = None
        self._connected = 0

    def open(self) -> None:
        self._tasks = [asyncio.create_task(self._lane()) for _ in range(self._size)]

    async def close(self) -> None:
        if self._renewal is not None:
            await self._renewal
        for _ in self._tasks:
            self._jobs.put_nowait(None)
        await asyncio.gather(*self._tasks)
        while not self._jobs.empty():  # what came back too late
            job = self._jobs.get_nowait()
            if job is not None and not job[2].done():
                job[2].set_exception(Unavailable("the database is being closed"))

    async def renew(self) -> None:
        """Open all connections anew, once those that there are have been closed."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew())
        # Who waits for it may give up; the others still need what comes of it.
        await asyncio.shield(self._renewal)

    async def _renew(self) -> None:
        for _ in self._tasks:
            self._jobs.put_nowait(None)
        await asyncio.gather(*self._tasks)
        self.open()

    async def run(self, program: Program[T], limit: float) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait((program, limit, future))
        return await future

    async def _lane(self) -> None:
        while True:
            try:
                async with self._pool.connection() as connection:
                    raw = connection.raw_connection
                    await self._dialect.prepare(raw)
                    self._connected += 1
                    try:
                        if await self._serve(raw):
                            return
                    finally:
                        self._connected -= 1
            except Exception as error:
                log.warning("no connection to the database: %s", error or type(error).__name__)
                if await self._fail_waiting(error):
                    return

    async def _serve(self, raw: Any) -> bool:
        """Run programs until told to stop (True) or the connection is lost (False)."""
        while True:
            job = await self._jobs.get()
            if job is None:
                return True
            if self._dialect.is_closed(raw):
                # Lost while nobody used it: the program has not begun, and gets the next one.
                self._jobs.put_nowait(job)
                return False
            program, limit, future = job
            try:
                result = await self._dialect.run(raw, program, limit)
            except Exception as error:
                if not future.done():
                    future.set_exception(translated(error))
                if self._dialect.is_lost(raw, error):
                    return False
            else:
                if not future.done():
                    future.set_result(result)

    async def _fail_waiting(self, error: Exception) -> bool:
        """Without a connection, fail all who wait, or the next who comes, instead of letting them
        wait; was it told to stop? Another lane that has a connection serves them instead."""
        if self._connected:
            await asyncio.sleep(1)
            return False
        job = await self._jobs.get()
        while job is not None:
            if not job[2].done():
                job[2].set_exception(translated(error))
            if self._jobs.empty():
                return False
            job = self._jobs.get_nowait()
        return True
