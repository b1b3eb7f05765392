"""The group-commit writer: beacons that wait together are stored in one transaction.

Every submission gets a future that resolves after the commit that holds it, never before.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable

from trk.core.rejection import Rejection, RejectionReason
from trk.store.beacons import store
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.program import Transaction
from trk.store.submissions import Reply, Submission

log = logging.getLogger(__name__)

_Waiting = tuple[Submission, "asyncio.Future[Reply]"]


class Writer:
    """Takes all submissions that wait (up to `group`) and stores them together, in as many
    transactions at once as the database has lanes for writing."""

    def __init__(
        self,
        database: Database,
        *,
        capacity: int = 10_000,
        group: int = 256,
        committed: Callable[[int, float], None] = lambda size, seconds: None,
    ) -> None:
        """`capacity` is how many beacons may wait; more are told to come back (`busy`).

        `committed` is told of each group: how many beacons, and the seconds that it took.
        """
        self._database = database
        self._capacity = capacity
        self._group = group
        self._committed = committed
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._closing = False

    @property
    def waiting(self) -> int:
        """How many beacons wait to be stored."""
        return len(self._waiting)

    def submit(self, submission: Submission) -> asyncio.Future[Reply]:
        """Queue a beacon. The future gives its reply once it is stored; a full queue, `busy`."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        if self._closing or len(self._waiting) >= self._capacity:
            future.set_result(
                Rejection(
                    RejectionReason.BUSY,
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
        lanes = [asyncio.create_task(self._lane()) for _ in range(self._database.write_lanes)]
        try:
            await asyncio.gather(*lanes)
        finally:
            for lane in lanes:
                lane.cancel()

    async def _lane(self) -> None:
        waiting = self._waiting
        while waiting or not self._closing:
            if not waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            group = [waiting.popleft() for _ in range(min(len(waiting), self._group))]
            try:
                await self._store(group)
            except BaseException:
                _fail([*group, *waiting], "The server is stopping after an error of its own.")
                waiting.clear()
                self._closing = True
                raise

    async def _store(self, group: list[_Waiting]) -> None:
        started = time.perf_counter()
        try:
            replies = await self._database.write(_program, group)
        except DatabaseError as error:
            # One of them may be the cause; tried alone, it does not make its neighbours fail.
            log.warning("a group of %d beacons is stored one by one: %s", len(group), error)
            for single in group:
                await self._store_alone(single)
            return
        self._committed(len(group), time.perf_counter() - started)
        for (_, future), reply in zip(group, replies, strict=True):
            if not future.done():  # the client may have gone away; its beacon is stored anyway
                future.set_result(reply)

    async def _store_alone(self, single: _Waiting) -> None:
        submission, future = single
        try:
            [reply] = await self._database.write(_program, [single])
        except DatabaseError as error:
            log.error("beacon %s was not stored: %s", submission.beacon.id, error)
            _fail([single], "The beacon could not be stored; it is safe to send it again.")
        else:
            if not future.done():
                future.set_result(reply)


async def _program(tx: Transaction, group: list[_Waiting]) -> list[Reply]:
    return await store(tx, [submission for submission, _ in group])


def _fail(group: list[_Waiting], message: str) -> None:
    for _, future in group:
        if not future.done():
            future.set_result(Rejection(RejectionReason.STORAGE, message))
