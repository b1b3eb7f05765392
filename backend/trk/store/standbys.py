"""PostgreSQL's standbys, which answer what they know as well as the primary.

The primary is asked how far it has come, once for all who ask at the same time, and then a standby
that has come as far gets the questions. So an answer is never older than the question, whichever
server of ours stored something, and for whom. A standby that is behind, hangs or is gone is left
alone; meanwhile nobody waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from trk.store import history, hosts
from trk.store.errors import DRIVER_ERRORS, DatabaseError, Unavailable, translated
from trk.store.history import Mark
from trk.store.postgres import PostgresReader
from trk.store.program import Program, Transaction
from trk.store.together import Together

log = logging.getLogger(__name__)

T = TypeVar("T")
_Runs = Callable[[Program[Any]], Awaitable[Any]]

_CONNECTIONS = 4
_PATIENCE = 0.5
"""Seconds after which a standby that has not answered, or is still behind, is left alone."""
_AGAIN = 0.005
"""Seconds after which one that is behind is asked how far it has come by now."""
_REST = 3.0
"""Seconds for which one is left alone."""


class NotAsked(DatabaseError):
    """No standby has answered: it is the primary's to do."""


class Standbys:
    """The servers at an address of standbys, over connections of its own."""

    def __init__(self, connecting: Mapping[str, Any], read: _Runs, write: _Runs) -> None:
        """`connecting` is as dsn.connecting gives it; `read` and `write` run a program on the
        primary."""
        self._connecting = {**connecting, "timeout": _PATIENCE}
        self._read = read
        self._write = write
        self._dialect = PostgresReader()
        self._marks = Together(self._mark)
        self._places = asyncio.Semaphore(_CONNECTIONS)
        self._idle: list[Any] = []
        self._failed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.ready = False
        """May they be asked?"""

    def open(self) -> None:
        """Begin to look whether they can be asked."""
        self._task = asyncio.create_task(self._look())

    async def close(self) -> None:
        """Disconnect."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        while self._idle:
            with suppress(*DRIVER_ERRORS):
                await self._idle.pop().close(timeout=_PATIENCE)

    async def ask(self, program: Program[T]) -> T:
        """Run a program that only reads. Raises NotAsked, or DatabaseError if the primary does not
        say how far it has come."""
        mark = await self._marks.ask(None)
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._places.acquire()
        except TimeoutError:
            raise NotAsked("all connections are in use") from None
        try:
            return await self._ask_unless_left(program, mark)
        finally:
            self._places.release()

    async def _ask_unless_left(self, program: Program[T], mark: Mark) -> T:
        if not self.ready:
            raise NotAsked("it is left alone")
        try:
            return await self._ask(program, mark)
        except Exception as error:  # a mistake in the program shows where the primary runs it
            self._disconnect()
            if self.ready:
                self.ready = False
                self._failed.set()
                log.warning("the standby is left alone, the primary answers: %s", _said(error))
            raise NotAsked(_said(error)) from error

    async def _mark(self, asked: Sequence[None]) -> list[Mark]:
        mark: Mark = await self._read(history.mark)
        return [mark] * len(asked)

    async def _ask(self, program: Program[T], mark: Mark) -> T:
        raw = self._open_one() or await self._connect()
        try:
            await self._come(raw, mark)
            result = await self._dialect.run(raw, program, _PATIENCE)
        except BaseException:
            raw.terminate()
            raise
        self._idle.append(raw)
        return result

    async def _come(self, raw: Any, mark: Mark) -> None:
        """Return once the standby has come as far as the primary. Raises DatabaseError."""
        clock = asyncio.get_running_loop().time
        until = clock() + _PATIENCE
        while True:
            seen = await self._dialect.run(raw, history.reached, _PATIENCE)
            if seen.position is None:
                raise Unavailable("it is no standby")
            if not mark.begins.startswith(f"{seen.cluster}-"):
                raise Unavailable("it is a standby of another primary")
            if seen.position >= mark.position:
                if not mark.is_named or seen.name != mark.name:
                    raise Unavailable("it has not followed the primary of now")
                return
            if clock() > until:
                raise Unavailable(f"it is more than {_PATIENCE:g} s behind")
            await asyncio.sleep(_AGAIN)

    def _open_one(self) -> Any:
        while self._idle:
            raw = self._idle.pop()
            if not self._dialect.is_closed(raw):
                return raw
        return None

    async def _connect(self) -> Any:
        raw = await hosts.connect(**self._connecting)
        watch = asyncio.get_running_loop().call_later(_PATIENCE, raw.terminate)
        try:
            await self._dialect.prepare(raw)
        except BaseException:
            raw.terminate()
            raise
        finally:
            watch.cancel()
        return raw

    def _disconnect(self) -> None:
        # The next connection may be to another one.
        while self._idle:
            self._idle.pop().terminate()

    async def _look(self) -> None:
        """While they are not asked, look again and again whether they can be."""
        told = False
        while True:
            try:
                await self._prove()
            except Exception as error:
                if not told:
                    log.warning("no standby can be asked: %s", _said(error))
            else:
                log.info("a standby answers what it knows as well as the primary")
                self._failed.clear()
                self.ready = True
                await self._failed.wait()
            told = True
            await asyncio.sleep(_REST)

    async def _prove(self) -> None:
        mark: Mark = await self._read(history.mark)
        if not mark.is_named:
            await self._write(partial(history.name, begins=mark.begins, word=secrets.token_hex(8)))
            mark = await self._read(history.mark)
        await self._ask(_nothing, mark)


async def _nothing(tx: Transaction) -> None:
    pass


def _said(error: BaseException) -> str:
    return str(translated(error)) or type(error).__name__
