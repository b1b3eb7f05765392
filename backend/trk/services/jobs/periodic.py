"""The loop of all jobs: do what is due, wait until there may be more, back off after a failure."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable

from trk.core import backoff
from trk.core.campaign import Campaign
from trk.store.errors import DatabaseError, Gone, Locked, Unavailable

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

    async def for_each(
        self, campaigns: Iterable[Campaign], deed: Callable[[Campaign], Awaitable[object]]
    ) -> None:
        """Do something for each of these campaigns: what goes wrong with one keeps no other
        waiting, and fails the round once all have had their turn."""
        failure: Exception | None = None
        for campaign in campaigns:
            try:
                await deed(campaign)
            except Gone:
                continue  # it was deleted at this moment
            except Exception as error:
                if isinstance(error, Unavailable) and not isinstance(error, Locked):
                    raise  # the others would fail as well
                log.warning("%s failed for campaign %s: %s", self._what, campaign.key, error)
                failure = error
        if failure is not None:
            raise failure

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
