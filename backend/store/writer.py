"""The group-commit writer: beacons that wait together are stored in one transaction.

Every submission gets a future that resolves after the commit that holds it, never before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from backend.core.rejection import Reason, Rejection
from backend.store.beacons import Reply, Submission, store
from backend.store.database import Database, DatabaseError, Program

log = logging.getLogger(__name__)

_Waiting = tuple[Submission, "asyncio.Future[Reply]"]


class Writer:
    """One task that takes all submissions that wait (up to `group`) and stores them together."""

    def __init__(self, database: Database, *, capacity: int = 10_000, group: int = 256) -> None:
        """`capacity` is how many beacons may wait; more are told to come back (`busy`)."""
        self._database = database
        self._capacity = capacity
        self._group = group
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._closing = False

    def submit(self, submission: Submission) -> asyncio.Future[Reply]:
        """Queue a beacon. The future gives its reply once it is stored; a full queue, `busy`."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        if self._closing or len(self._waiting) >= self._capacity:
            future.set_result(
                Rejection(
                    Reason.BUSY,
                    f"{len(self._waiting)} beacons are waiting to be stored; try again shortly.",
                )
            )
            return future
        self._waiting.append((submission, future))
        self._wake.set()
        return future

    def close(self) -> None:
        """Take no more; `run` returns when all that waits is stored."""
        self._closing = True
        self._wake.set()

    async def run(self) -> None:
        """Store what waits until closed and drained. An error that escapes is a bug: the caller
        must end the process rather than go on with a server that stores nothing."""
        while True:
            if not self._waiting:
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            waiting = self._waiting
            group = [waiting.popleft() for _ in range(min(len(waiting), self._group))]
            try:
                await self._store(group)
            except BaseException:
                _fail([*group, *waiting], "The server is stopping after an error of its own.")
                waiting.clear()
                raise

    async def _store(self, group: list[_Waiting]) -> None:
        try:
            replies = await self._database.write(_program(group))
        except DatabaseError as error:
            if len(group) == 1:
                log.error("beacon %s was not stored: %s", group[0][0].beacon.id, error)
                _fail(group, "The beacon could not be stored; it is safe to send it again.")
                return
            # One of them may be the reason: alone, it fails none of its neighbours.
            log.warning("a group of %d beacons is stored one by one: %s", len(group), error)
            for single in group:
                await self._store_alone(single)
            return
        for (_, future), reply in zip(group, replies, strict=True):
            if (
                not future.done()
            ):  # the client may have gone away; its beacon is stored all the same
                future.set_result(reply)

    async def _store_alone(self, single: _Waiting) -> None:
        # Another process may have stored the same thing just now; the second look sees it.
        try:
            [reply] = await self._database.write(_program([single]))
        except DatabaseError:
            await self._store([single])
            return
        if not single[1].done():
            single[1].set_result(reply)


def _program(group: list[_Waiting]) -> Program[list[Reply]]:
    return store([submission for submission, _ in group])


def _fail(group: list[_Waiting], message: str) -> None:
    for _, future in group:
        if not future.done():
            future.set_result(Rejection(Reason.STORAGE, message))
