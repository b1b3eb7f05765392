"""The loop of all jobs: do what is due, wait until there may be more, back off after a failure."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable

from trk.core import backoff
from trk.store.errors import DatabaseError

log = logging.getLogger(__name__)

_LONGEST = 60.0
"""Seconds to wait at the most after a failure, however many there were before it."""


class Periodic(ABC):
    """A job: a task of the server that runs until it is cancelled. Several servers may share its
    work."""

    def __init__(self, what: str, every: float) -> None:
        """`what` is done, in words for the log; `every` is how many seconds pass between the end
        of one round and the next, unless somebody says that there is something to do."""
        self._what = what
        self._every = every
        self._wake = asyncio.Event()
        self.elsewhere: Callable[[], None] | None = None
        """Where it runs in another process of the server: wakes it there."""

    def wake(self) -> None:
        """There is something to do: don't wait for the next round."""
        if self.elsewhere is None:
            self._wake.set()
        else:
            self.elsewhere()

    @abstractmethod
    async def work(self) -> None:
        """Do what is due now: one round."""

    async def run(self) -> None:
        """Work round after round, until cancelled. A round that fails is tried again soon, then
        later and later; nothing that goes wrong in one ends the job."""
        failures = 0
        while True:
            self._wake.clear()
            try:
                await self.work()
                failures = 0
            except DatabaseError as error:
                failures += 1
                log.warning("%s will be retried later: %s", self._what, error)
            except Exception:
                failures += 1
                log.exception("%s failed and will be retried later", self._what)
            pause = backoff.pause(failures, 2.0, _LONGEST) if failures else self._every
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue
