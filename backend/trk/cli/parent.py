"""The parent of the processes that serve together: starts them, watches, restarts and stops them.

It does nothing else, so that nothing can make it fail. Each process is forked from it as it was at
the start.
"""

from __future__ import annotations

import contextlib
import logging
import select
import time
from collections.abc import Callable, Sequence

from trk.cli.child import Child
from trk.cli.control import NOW, STOP
from trk.cli.signals import Signals

log = logging.getLogger(__name__)

_LOOKS = 10.0
"""Seconds between two looks after what they share."""
_PATIENCE = 5.0
"""Seconds that the last one may take to end once the others have."""
_KILLED_AT = 3
"""At which signal whatever is left is killed."""


class Parent:
    """The parent of those that are `serving`; the `last` is stopped after all of them have ended,
    as they need it."""

    def __init__(
        self,
        serving: Sequence[Child],
        last: Child | None,
        signals: Signals,
        *,
        longest: float,
        look: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        """`longest` is how many seconds those that serve may take to stop, at the most; `look` is
        called now and then, and before one is started, and may raise OSError; `stop` is called when
        stopping begins."""
        self._serving = list(serving)
        self._last = last
        self._signals = signals
        self._longest = longest
        self._look = look
        self._stop = stop
        self._all = [*([last] if last else []), *self._serving]
        self._stopping = False
        self._heard = 0
        self._status = 0
        self._until = float("inf")
        """When whatever is left is killed, by time.monotonic."""

    def run(self) -> int:
        """Run them until a signal, or the failure of one that was never ready, ends it: the exit
        status. Those that end by themselves later are started again."""
        while not self._stopping or any(child.runs for child in self._all):
            with contextlib.suppress(OSError):  # whoever starts one hears of it
                self._look()
            self._start_due()
            self._wait()
            self._obey()
            self._kill_late()
            self._reap()
        return self._status

    def _due(self) -> list[Child]:
        """Those that have no process and should: while some still serve, also who stores for
        them."""
        wanted = self._all
        if self._stopping:
            needed = self._last is not None and any(child.runs for child in self._serving)
            wanted = [self._last] if self._last is not None and needed else []
        return [child for child in wanted if not child.runs]

    def _start_due(self) -> None:
        for child in self._due():
            if child.again_at > time.monotonic():
                continue
            try:
                self._look()
                child.start(self._all)
            except OSError as error:
                child.put_off()
                said = "the %s could not be started, and will be tried again: %s"
                log.error(said, child.name, error)

    def _wait(self) -> None:
        """Wait until there was a signal, a child says something, or something is due."""
        now, woken = time.monotonic(), self._signals.woken
        next_at = min([*(child.again_at for child in self._due()), self._until, now + _LOOKS])
        talking = {each.connection: each for each in self._all if each.connection is not None}
        ready, _, _ = select.select([woken, *talking], [], [], max(0.0, next_at - now))
        for each in ready:
            if each is woken:
                self._signals.read()
            else:
                self._hear(talking[each])

    def _hear(self, child: Child) -> None:
        child.listen()
        if child.ready and all(each.runs and each.ready for each in self._all):
            log.info("all %d processes are ready", len(self._all))

    def _obey(self) -> None:
        """Do what signals have asked for since."""
        asked, self._heard = self._signals.asked - self._heard, self._signals.asked
        if asked and not self._stopping:
            asked -= 1
            self._begin_to_stop()
        if asked:
            self._tell(NOW)
        if self._heard >= _KILLED_AT:
            self._until = 0.0

    def _begin_to_stop(self) -> None:
        self._stopping = True
        self._stop()
        self._until = time.monotonic() + self._longest
        for child in self._serving:
            if not child.ready:  # it serves nobody yet, and may hear nothing for long
                child.kill()
        self._tell(STOP)
        self._stop_last()

    def _tell(self, what: bytes) -> None:
        for child in self._serving:
            child.tell(what)

    def _stop_last(self) -> None:
        if self._last is not None and not any(child.runs for child in self._serving):
            self._last.tell(STOP)
            self._until = time.monotonic() + _PATIENCE

    def _kill_late(self) -> None:
        if time.monotonic() < self._until:
            return
        self._until = float("inf")
        for child in self._all:
            if child.runs:
                log.critical("the %s could not stop cleanly in time", child.name)
                self._status = max(self._status, 1)
                child.kill()

    def _reap(self) -> None:
        for child in self._all:
            status = child.ended()
            if status is not None:
                self._gone(child, status)

    def _gone(self, child: Child, status: int) -> None:
        said = f"exit status {status}" if status >= 0 else f"signal {-status}"
        if not self._stopping and not child.was_ready:
            log.critical("the %s did not start (%s); the server is stopping", child.name, said)
            self._status = max(status, 1)
            self._begin_to_stop()
        elif child in self._due():
            child.put_off()
            log.error("the %s ended (%s) and is started again", child.name, said)
        else:
            if status and not child.killed:
                log.error("the %s ended with %s", child.name, said)
                self._status = max(self._status, status, 1)
            if child is not self._last:
                self._stop_last()
