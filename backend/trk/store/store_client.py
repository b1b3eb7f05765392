"""How a process that serves has its beacons stored by the store process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

from trk.store import frames
from trk.store.errors import Unavailable
from trk.store.frames import Frames, GroupOutcome
from trk.store.submissions import Reply, Submission

_PATIENCE = 5.0
"""Seconds that the store process may take: longer means that it hangs, or its disk."""


class StoreClient:
    """One connection to the store process, made when it is needed and again when it is lost."""

    lanes = 1
    pace = 0.004
    several = True

    def __init__(self, path: str) -> None:
        """`path` is that of the socket."""
        self._path = path
        self._connection: _Connection | None = None
        self._connecting = asyncio.Lock()
        self._numbers = 0

    async def store(self, group: Sequence[Submission]) -> list[Reply]:
        """Store a group, in one transaction; the replies come after its commit.

        Raises DatabaseError if nothing was stored, and Unavailable if that is not known: what comes
        again is not counted twice.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                outcome = await self._asked(group)
        except TimeoutError:
            self._leave()
            raise Unavailable(f"the store process has not answered for {_PATIENCE:g} s") from None
        except OSError as error:
            raise Unavailable(f"the store process is not there: {error}") from None
        if outcome.error is not None:
            raise outcome.error
        return outcome.replies

    async def prove(self) -> None:
        """Store something, to see that it can be."""
        await self.store([])

    def close(self) -> None:
        """Disconnect."""
        self._leave()

    async def _asked(self, group: Sequence[Submission]) -> GroupOutcome:
        async with self._connecting:
            connection = self._connection
            if connection is None or connection.lost:
                loop = asyncio.get_running_loop()
                _, connection = await loop.create_unix_connection(_Connection, self._path)
                self._connection = connection
        self._numbers += 1
        return await connection.ask(self._numbers, group)

    def _leave(self) -> None:
        # What is under way on it may still be stored, and its answer must not be another's.
        if self._connection is not None:
            self._connection.leave()
            self._connection = None


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._frames = Frames()
        self._asked: dict[int, asyncio.Future[GroupOutcome]] = {}
        self.lost = False

    def ask(self, number: int, group: Sequence[Submission]) -> asyncio.Future[GroupOutcome]:
        answer: asyncio.Future[GroupOutcome] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        self._transport.write(frames.group(number, group))
        return answer

    def leave(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        for frame in self._frames.add(data):
            outcome = frames.read_outcome(frame)
            answer = self._asked.pop(outcome.number)
            if not answer.done():
                answer.set_result(outcome)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(ConnectionError(f"it has gone ({exc or 'closed'})"))
        self._asked.clear()
