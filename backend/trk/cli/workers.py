"""The parent of the processes that serve together: starts them, watches, restarts and stops them.

It does nothing else, so that nothing can make it fail. Each process is forked from it as it was at
the start.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from trk.cli.control import NOW, READY, STOP, Control

log = logging.getLogger(__name__)

_LONGEST = 10.0
"""Seconds until a process that fails again and again is started once more, at the most."""
_STEADY = 30.0
"""Seconds after which a process has not failed at its start."""

_LOOKS = 10.0
"""Seconds between two looks after what they share."""
_PATIENCE = 5.0
"""Seconds that the last one may take to end once the others have."""
_KILLED_AT = 3
"""At which signal whatever is left is killed."""

Work = Callable[[Control], int]
"""What a process does until it is told to stop; its exit status."""


@dataclass(slots=True)
class Worker:
    """A process to be: its name in the log, and what it does."""

    name: str
    work: Work
    pid: int = 0
    """Its process, 0 while there is none."""
    told: socket.socket | None = None
    """The parent's end of what it is told by."""
    started_at: float = 0.0
    failures: int = 0
    again_at: float = 0.0
    """When to start it again, by time.monotonic."""
    ready: bool = False
    """Does its process do what it is for?"""
    was_ready: bool = False
    """Has one of its processes ever?"""
    killed: bool = False
    """Was its process ended from here?"""


class Signals:
    """The signals of a process, while this is open, as a socket that wakes it and a count."""

    def __init__(self) -> None:
        self.asked = 0
        """How often it was asked to stop."""

    def __enter__(self) -> Signals:
        self.woken, self._wake = socket.socketpair()
        for each in (self.woken, self._wake):
            each.setblocking(False)
        self._before = {
            number: signal.signal(number, self._heard)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
        }
        self._former = signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._former)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.woken.close()
        self._wake.close()

    def _heard(self, number: int, _: object) -> None:
        if number != signal.SIGCHLD:
            self.asked += 1


class Workers:
    """The processes of one server. The `last` is stopped after all others have ended."""

    def __init__(
        self,
        serving: Sequence[Worker],
        last: Worker | None,
        signals: Signals,
        *,
        longest: float,
        look: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        """`longest` is how many seconds those that serve may take to stop, at the most; `look` is
        called now and then, and before one is started; `stop` when stopping begins."""
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
        while not self._ended():
            with contextlib.suppress(OSError):  # whoever starts one hears of it
                self._look()
            self._start_due()
            self._wait()
            self._obey()
            self._end_late()
            self._reap()
        return self._status

    def _ended(self) -> bool:
        return self._stopping and not any(worker.pid for worker in self._all)

    def _due(self) -> list[Worker]:
        """Those that have no process and should: while some still serve, who stores for them."""
        wanted = self._all
        if self._stopping:
            serve = any(worker.pid for worker in self._serving)
            wanted = [self._last] if self._last is not None and serve else []
        return [worker for worker in wanted if not worker.pid]

    def _start_due(self) -> None:
        for worker in self._due():
            if worker.again_at <= time.monotonic():
                self._start(worker)

    def _start(self, worker: Worker) -> None:
        try:
            self._look()
            ours, its = socket.socketpair()
        except OSError as error:
            self._put_off(worker, error)
            return
        try:
            pid = os.fork()
        except OSError as error:  # the machine has no room for one more
            ours.close()
            its.close()
            self._put_off(worker, error)
            return
        if pid == 0:
            try:
                ours.close()
                self._become(worker, its)
            finally:
                os._exit(1)  # whatever happens: nothing of the parent's is the child's to do
        its.close()
        worker.pid, worker.told, worker.started_at = pid, ours, time.monotonic()
        worker.ready = worker.killed = False

    def _put_off(self, worker: Worker, why: OSError) -> None:
        worker.failures += 1
        worker.again_at = time.monotonic() + min(_LONGEST, 0.1 * 2**worker.failures)
        log.error("the %s could not be started, and will be tried again: %s", worker.name, why)

    def end(self, worker: Worker) -> None:
        """End a process at once; unless all are stopping, it is started again."""
        if worker.pid:
            os.kill(worker.pid, signal.SIGKILL)
            worker.killed = True

    def _become(self, worker: Worker, connection: socket.socket) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # Ctrl-C reaches all processes of a terminal; it is the parent's to say when they stop.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            for other in self._all:
                if other.told is not None:
                    other.told.close()
            status = worker.work(Control(connection))
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            try:
                logging.shutdown()
                if sys.stdout is not None:
                    sys.stdout.flush()
            finally:
                os._exit(status)

    def _wait(self) -> None:
        woken = self._signals.woken
        now = time.monotonic()
        next_at = min([*(worker.again_at for worker in self._due()), self._until, now + _LOOKS])
        pause = max(0.0, next_at - now)
        told = {each.told: each for each in self._all if each.told is not None}
        ready, _, _ = select.select([woken, *told], [], [], pause)
        for each in ready:
            if each is woken:
                woken.recv(4096)
            elif READY in _heard_from(each):
                told[each].ready = told[each].was_ready = True
            else:
                # It has ended, or is about to: SIGCHLD tells when.
                told[each].told = None
                each.close()

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
        for worker in self._serving:
            if not worker.ready:  # it serves nobody yet, and may hear nothing for long
                self.end(worker)
        self._tell(STOP)
        self._stop_last()

    def _tell(self, what: bytes) -> None:
        for worker in self._serving:
            _say(worker, what)

    def _stop_last(self) -> None:
        if self._last is not None and not any(worker.pid for worker in self._serving):
            _say(self._last, STOP)
            self._until = time.monotonic() + _PATIENCE

    def _end_late(self) -> None:
        if time.monotonic() < self._until:
            return
        self._until = float("inf")
        for worker in self._all:
            if worker.pid:
                log.critical("the %s could not stop cleanly in time", worker.name)
                self._status = max(self._status, 1)
                self.end(worker)

    def _reap(self) -> None:
        for worker in self._all:
            if not worker.pid:
                continue
            pid, how = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self._ended_one(worker, how)

    def _ended_one(self, worker: Worker, how: int) -> None:
        status = os.waitstatus_to_exitcode(how)
        worker.pid = 0
        if worker.told is not None:
            worker.told.close()
            worker.told = None
        said = f"exit status {status}" if status >= 0 else f"signal {-status}"
        if not self._stopping and not worker.was_ready:
            log.critical("the %s did not start (%s); the server is stopping", worker.name, said)
            self._status = max(status, 1)
            self._begin_to_stop()
        elif worker in self._due():
            lived = time.monotonic() - worker.started_at
            worker.failures = 0 if lived > _STEADY else worker.failures + 1
            pause = min(_LONGEST, 0.1 * 2**worker.failures) if worker.failures else 0.0
            worker.again_at = time.monotonic() + pause
            log.error("the %s ended (%s) and is started again", worker.name, said)
        else:
            if status and not worker.killed:
                log.error("the %s ended with %s", worker.name, said)
                self._status = max(self._status, status, 1)
            if worker is not self._last:
                self._stop_last()


def _heard_from(child: socket.socket) -> bytes:
    try:
        return child.recv(64)
    except OSError:
        return b""


def _say(worker: Worker, what: bytes) -> None:
    if worker.told is not None:
        try:
            worker.told.sendall(what)
        except OSError:
            log.debug("the %s is ending already", worker.name)
