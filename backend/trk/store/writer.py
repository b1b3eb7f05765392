"""The group-commit writer: beacons that wait together are stored in one transaction.

Every submission gets a future that resolves after the commit that holds it, never before.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable

from trk.core.rejection import Rejection, RejectionReason, shown
from trk.store.errors import DatabaseError, Locked, Unavailable, Unwritable
from trk.store.replies import unknown
from trk.store.storing import Storing
from trk.store.submissions import Reply, Submission
from trk.store.turns import Turns

log = logging.getLogger(__name__)

_AGAIN = "The beacon could not be stored; it is safe to send it again."
_HELD = "The campaign is held by another server for a moment; try again shortly."
_HANGS = 2.0
"""Seconds after which whoever stores, and could not, is taken to hang."""
_BETWEEN = 0.1
"""Seconds between two looks whether it does so still."""
_PAUSE = 2.0
"""Seconds for which a campaign that is held is not asked for again."""
_MOST_HELD = 1_000
_MOST_BOOKED = 10_000
_LONGEST = 900.0
"""Seconds for which a beacon is sent away at most."""

_Waiting = tuple[Submission, "asyncio.Future[Reply]"]


class Writer:
    """Takes all submissions that wait (up to `group`) and stores them together, in as many
    transactions at once as whoever stores them has lanes."""

    def __init__(
        self,
        storing: Storing,
        *,
        capacity: int = 10_000,
        group: int = 256,
        committed: Callable[[int, float], None] = lambda size, seconds: None,
    ) -> None:
        """`capacity` is how many beacons may wait; more are told to come back (`busy`).

        `committed` is told of each group: how many beacons, and the seconds that it took.
        """
        self._storing = storing
        self._capacity = capacity
        self._group = group
        self._committed = committed
        self._waiting: Turns[_Waiting] = Turns()
        self._held: dict[str, float] = {}
        self._booked: dict[str, float] = {}
        self._speed = 0.0
        self._wake = asyncio.Event()
        self._hangs = False
        self._closing = False
        self.doubt = ""
        """Why this may not be the right database: no campaign is unknown for good then."""

    @property
    def waiting(self) -> int:
        """How many beacons wait to be stored."""
        return len(self._waiting)

    def submit(self, submission: Submission) -> asyncio.Future[Reply]:
        """Queue a beacon. The future gives its reply once it is stored; a full queue, `busy`."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        if self._is_full(submission.key):
            said = f"{len(self._waiting)} beacons are waiting to be stored; try again shortly."
            future.set_result(Rejection(RejectionReason.BUSY, said, self._turn(submission.key)))
        elif self._held.get(submission.key, 0) > time.monotonic():
            future.set_result(Rejection(RejectionReason.BUSY, _HELD, self._wait()))
        else:
            self._waiting.put(submission.key, (submission, future))
            self._wake.set()
        return future

    def _is_full(self, key: str) -> bool:
        """Is there no room for this campaign? When it is full of others, it still has its share."""
        if self._closing or len(self._waiting) < self._capacity:
            return self._closing
        waiting, part = self._waiting.share(key)
        return waiting >= self._capacity * part

    def _wait(self) -> int:
        """In how many seconds to come back: when what waits is stored, and not all at once."""
        queued = len(self._waiting) / self._speed if self._speed else 2.0
        return 1 + round(min(60.0, queued) * random.uniform(0.5, 1.5) + random.uniform(0, 2))

    def _turn(self, key: str) -> int:
        """In how many seconds there is room for one more of a campaign: behind those that wait, and
        those that were sent away before.

        A wait for the queue alone would bring all of them back at once and again and again, since
        most of what waits is not here, but with the browsers.
        """
        waiting, part = self._waiting.share(key)
        speed = (self._speed or self._capacity / 2) * part
        now, place = time.monotonic(), self._waiting.place(key)
        turn = max(self._booked.get(place, 0.0), now + waiting / speed)
        if len(self._booked) >= _MOST_BOOKED:
            self._booked.clear()
        self._booked[place] = turn + 1 / speed
        # trk.js waits for up to half as long again.
        return 1 + round(min(turn - now, _LONGEST) * 0.8 + random.uniform(0, 2))

    def close(self) -> None:
        """Take no more; `run` returns when all that waits is stored."""
        self._closing = True
        self._wake.set()

    async def run(self) -> None:
        """Store what waits until closed and drained. An error that escapes is a bug: the caller
        must end the process rather than go on with a server that stores nothing."""
        lanes = [asyncio.create_task(self._lane()) for _ in range(self._storing.lanes)]
        try:
            await asyncio.gather(*lanes)
        finally:
            for lane in lanes:
                lane.cancel()

    async def _lane(self) -> None:
        waiting, begun = self._waiting, float("-inf")
        while waiting or not self._closing:
            if self._hangs:
                await self._try_again()
                continue
            if not waiting:
                self._wake.clear()
                await self._wake.wait()
                await asyncio.sleep(begun + self._storing.pace - time.monotonic())
                continue
            begun = time.monotonic()
            group = self._not_held(waiting.take(self._group, several=self._storing.several), begun)
            if not group:
                continue
            try:
                await self._store(group)
            except BaseException:
                self._fail([*group, *waiting], "The server is stopping after an error of its own.")
                waiting.clear()
                self._closing = True
                raise

    def _not_held(self, group: list[_Waiting], now: float) -> list[_Waiting]:
        """Those of a group whose campaign is not held by another server; the others are told.

        Of a campaign that was, this is the try whether it still is. Others do not try meanwhile, or
        all lanes would wait for it.
        """
        asked = self._held.keys() & {submission.key for submission, _ in group}
        if not asked:
            return group
        held = {key for key in asked if self._held[key] > now}
        self._held |= dict.fromkeys(asked - held, now + _PAUSE)
        self._fail((each for each in group if each[0].key in held), _HELD)
        return [each for each in group if each[0].key not in held]

    def _fail_waiting(self) -> None:
        self._fail(self._waiting, _AGAIN)
        self._waiting.clear()

    async def _try_again(self) -> None:
        try:
            await self._storing.prove()
        except DatabaseError:
            self._fail_waiting()
            await asyncio.sleep(_BETWEEN)
        else:
            self._hangs = False

    async def _store(self, group: list[_Waiting]) -> None:
        started = time.perf_counter()
        try:
            replies = await self._storing.store([submission for submission, _ in group])
        except Locked as error:
            await self._store_what_is_free(group, error)
        except Unavailable as error:
            if not isinstance(error, Unwritable):  # that was told once, and lasts
                log.warning("%d beacons were not stored: %s", len(group), error)
            self._fail(group, _AGAIN)
            if time.perf_counter() - started > _HANGS:
                # It hangs. To try the others group after group would take the more time, the more
                # of them wait: they are told together, and so are those who come meanwhile.
                self._fail_waiting()
                self._hangs = True
        except DatabaseError as error:
            if len(group) == 1:
                log.error("beacon %s was not stored: %s", group[0][0].beacon.id, error)
                self._fail(group, _AGAIN)
                return
            # One of them may be the cause; tried alone, it does not make its neighbours fail. First
            # each campaign alone: it may be one's rules, and what others push still shares commits.
            parts = _by_campaign(group)
            if len(parts) == 1:
                parts = [[single] for single in group]
            log.warning("%d beacons are stored in %d parts: %s", len(group), len(parts), error)
            for part in parts:
                await self._store(part)
        else:
            self._stored(group, replies, time.perf_counter() - started)

    async def _store_what_is_free(self, group: list[_Waiting], error: DatabaseError) -> None:
        """A campaign of the group is held by another server. Others may be in the group whose keys
        were not known yet: they need not wait for it.

        Its own beacons are told to come back, and so are those that come within a while.
        """
        parts = _by_campaign(group)
        if len(parts) > 1:
            for part in parts:
                await self._store(part)
            return
        key = group[0][0].key
        log.warning("campaign %s is held by another server: %s", shown(key), error)
        if len(self._held) >= _MOST_HELD:
            self._held.clear()
        self._held[key] = time.monotonic() + _PAUSE
        self._fail(group, _HELD)

    def _fail(self, group: Iterable[_Waiting], message: str) -> None:
        for _, future in group:
            if not future.done():
                future.set_result(Rejection(RejectionReason.STORAGE, message, self._wait()))

    def _stored(self, group: list[_Waiting], replies: list[Reply], seconds: float) -> None:
        self._committed(len(group), seconds)
        speed = len(group) / seconds * self._storing.lanes
        self._speed = 0.9 * self._speed + 0.1 * speed if self._speed else speed
        for (submission, future), reply in zip(group, replies, strict=True):
            if not isinstance(reply, Rejection):
                self._waiting.know(submission.key)
                self._held.pop(submission.key, None)
            if not future.done():  # the client may have gone away; its beacon is stored anyway
                future.set_result(self._unsure(submission.key, reply))

    def _unsure(self, key: str, reply: Reply) -> Reply:
        """The reply, unless it is a last word that only the right database may say."""
        final = isinstance(reply, Rejection) and reply.reason is RejectionReason.UNKNOWN_CAMPAIGN
        return unknown(key, self.doubt) if final and self.doubt else reply


def _by_campaign(group: Iterable[_Waiting]) -> list[list[_Waiting]]:
    parts: dict[str, list[_Waiting]] = {}
    for each in group:
        parts.setdefault(each[0].key, []).append(each)
    return list(parts.values())
