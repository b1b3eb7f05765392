"""Tasks that run programs, each on a connection of a pool that it holds."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from trk.store.errors import translated
from trk.store.program import Program, T

log = logging.getLogger(__name__)

_Job = tuple[Program[Any], "asyncio.Future[Any]"]


class Pool(Protocol):
    """Where connections come from."""

    def connection(self) -> AbstractAsyncContextManager[Any]:
        """A connection; its `raw_connection` is the driver's."""


class Dialect(Protocol):
    """How a lane uses a driver's connection."""

    lost: tuple[type[BaseException], ...]
    """The errors after which the connection is gone."""

    async def prepare(self, raw: Any) -> None:
        """Make a new connection ready."""

    async def run(self, raw: Any, program: Program[T]) -> T:
        """Run a program on it."""


class Lanes:
    """Tasks that each hold one connection of the pool and take programs from one queue.

    A connection is opened (and prepared with its settings) once, not per query, and opened again
    when the server has cut it.
    """

    def __init__(self, pool: Pool, dialect: Dialect, lanes: int) -> None:
        self._pool = pool
        self._dialect = dialect
        self._size = lanes
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        self._tasks = [asyncio.create_task(self._lane()) for _ in range(self._size)]

    async def close(self) -> None:
        for _ in self._tasks:
            self._jobs.put_nowait(None)
        await asyncio.gather(*self._tasks)

    async def run(self, program: Program[T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait((program, future))
        return await future

    async def _lane(self) -> None:
        while True:
            try:
                async with self._pool.connection() as connection:
                    raw = connection.raw_connection
                    await self._dialect.prepare(raw)
                    if await self._serve(raw):
                        return
            except Exception as error:
                log.warning("no connection to the database: %s", error)
                await self._fail_next(error)

    async def _serve(self, raw: Any) -> bool:
        """Run programs until told to stop (True) or the connection is lost (False)."""
        while True:
            job = await self._jobs.get()
            if job is None:
                return True
            program, future = job
            try:
                result = await self._dialect.run(raw, program)
            except Exception as error:
                if not future.done():
                    future.set_exception(translated(error))
                if isinstance(error, self._dialect.lost):
                    return False
            else:
                if not future.done():
                    future.set_result(result)

    async def _fail_next(self, error: Exception) -> None:
        """Without a connection, fail the next caller at once instead of letting it wait."""
        job = await self._jobs.get()
        if job is None:
            self._jobs.put_nowait(None)
            raise asyncio.CancelledError
        if not job[1].done():
            job[1].set_exception(translated(error))
