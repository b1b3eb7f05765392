"""The parent of the processes that serve together: starts them, watches, restarts and stops them.

It does nothing else, so that nothing can make it fail. Each process is forked from it as it was at
the start.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from trk.cli.control import NOW, READY, STOP, Control

log = logging.getLogger(__name__)

_LONGEST = 10.0
"""Seconds until a process that fails again and again is started once more, at the most."""
_STEADY = 30.0
"""Seconds after which a process has not failed at its start."""

_PATIENCE = 5.0
"""Seconds that the last one may take to end once the others have."""

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
    was_ready: bool = field(default=False)


class Workers:
    """The processes of one server. The `last` is stopped after all others have ended."""

    def __init__(self, serving: Sequence[Worker], last: Worker | None, stop: Callable[[], None]):
        """`stop` is called when stopping begins."""
        self._serving = list(serving)
        self._last = last
        self._stop = stop
        self._all = [*([last] if last else []), *self._serving]
        self._stopping = False
        self._asked = 0
        self._status = 0
        self._last_until = float("inf")

    def run(self) -> int:
        """Run them until a signal, or the failure of one that was never ready, ends it: the exit
        status. Those that end by themselves later are started again."""
        woken, wake = socket.socketpair()
        for each in (woken, wake):
            each.setblocking(False)
        before = {
            number: signal.signal(number, self._heard)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
        }
        former = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        try:
            while not self._ended():
                self._start_due()
                self._wait(woken)
                self._end_last()
                self._reap()
        finally:
            signal.set_wakeup_fd(former)
            for number, handler in before.items():
                signal.signal(number, handler)
            woken.close()
            wake.close()
        return self._status

    def _heard(self, number: int, _: object) -> None:
        if number != signal.SIGCHLD:
            self._asked += 1

    def _ended(self) -> bool:
        return self._stopping and not any(worker.pid for worker in self._all)

    def _start_due(self) -> None:
        if self._stopping:
            return
        for worker in self._all:
            if not worker.pid and worker.again_at <= time.monotonic():
                self._start(worker)

    def _start(self, worker: Worker) -> None:
        ours, its = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._become(worker, its)
        its.close()
        worker.pid, worker.told, worker.started_at = pid, ours, time.monotonic()

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
            logging.shutdown()
            sys.stdout.flush()
            os._exit(status)

    def _wait(self, woken: socket.socket) -> None:
        due = [worker.again_at for worker in self._all if not worker.pid and not self._stopping]
        next_at = min([*due, self._last_until])
        pause = None if next_at == float("inf") else max(0.0, next_at - time.monotonic())
        told = {each.told: each for each in self._all if each.told is not None}
        ready, _, _ = select.select([woken, *told], [], [], pause)
        for each in ready:
            if each is woken:
                woken.recv(4096)
            elif READY in _heard_from(each):
                told[each].was_ready = True
            else:
                # It has ended, or is about to: SIGCHLD tells when.
                told[each].told = None
                each.close()
        if self._asked and not self._stopping:
            self._asked -= 1
            self._begin_to_stop()
        if self._asked:
            self._asked = 0
            self._tell(NOW)

    def _begin_to_stop(self) -> None:
        self._stopping = True
        self._stop()
        self._tell(STOP)
        self._stop_last()

    def _tell(self, what: bytes) -> None:
        for worker in self._serving:
            _say(worker, what)

    def _stop_last(self) -> None:
        if self._last is not None and not any(worker.pid for worker in self._serving):
            _say(self._last, STOP)
            self._last_until = time.monotonic() + _PATIENCE

    def _end_last(self) -> None:
        if self._last is not None and self._last.pid and time.monotonic() > self._last_until:
            log.critical("the %s could not stop cleanly in time", self._last.name)
            os.kill(self._last.pid, signal.SIGKILL)
            self._last_until = float("inf")

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
        if self._stopping:
            if status:
                log.error("the %s ended with %s", worker.name, said)
            self._status = max(self._status, status if status >= 0 else 1)
            self._stop_last()
        elif not worker.was_ready:
            log.critical("the %s did not start (%s); the server is stopping", worker.name, said)
            self._status = max(status, 1)
            self._begin_to_stop()
        else:
            lived = time.monotonic() - worker.started_at
            worker.failures = 0 if lived > _STEADY else worker.failures + 1
            pause = min(_LONGEST, 0.1 * 2**worker.failures) if worker.failures else 0.0
            worker.again_at = time.monotonic() + pause
            log.error("the %s ended (%s) and is started again", worker.name, said)


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
