"""A process that a parent forks, and starts again when it has ended."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from typing import NoReturn

from trk.cli.control import READY, Control
from trk.core import backoff

log = logging.getLogger(__name__)

_LONGEST = 10.0
"""Seconds until a process that fails again and again is started once more, at the most."""
_STEADY = 30.0
"""Seconds after which a process has not failed at its start."""

Work = Callable[[Control], int]
"""What a process does until it is told to stop; its exit status."""


class Child:
    """The parent's view of a process: one after the other, as each ends."""

    def __init__(self, name: str, work: Work) -> None:
        """`name` is for the log; `work` is what the process does."""
        self.name = name
        self._work = work
        self._pid = 0
        self._started_at = 0.0
        self._failures = 0
        self.connection: socket.socket | None = None
        """The parent's end of what they say to each other (see control)."""
        self.ready = False
        """Does its process do what it is for?"""
        self.was_ready = False
        """Has one of its processes ever?"""
        self.killed = False
        """Was its process ended from here?"""
        self.again_at = 0.0
        """When to start it again, by time.monotonic."""

    @property
    def runs(self) -> bool:
        """Is there a process?"""
        return self._pid != 0

    def start(self, siblings: Iterable[Child]) -> None:
        """Fork. Raises OSError where the machine has no room for one more; nothing of the
        `siblings` is the new process's."""
        ours, its = socket.socketpair()
        try:
            pid = os.fork()
        except OSError:
            ours.close()
            its.close()
            raise
        if pid == 0:
            try:
                ours.close()
                self._become(its, siblings)
            finally:
                os._exit(1)  # whatever happens: nothing of the parent's is the child's to do
        its.close()
        self._pid, self.connection, self._started_at = pid, ours, time.monotonic()
        self.ready = self.killed = False

    def _become(self, connection: socket.socket, siblings: Iterable[Child]) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # Ctrl-C reaches all processes of a terminal; it is the parent's to say when they stop.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            for each in siblings:
                if each.connection is not None:
                    each.connection.close()
            status = self._work(Control(connection))
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

    def listen(self) -> None:
        """Hear what it says: that it is ready, or by its silence that it has ended, or is about
        to."""
        assert self.connection is not None
        try:
            said = self.connection.recv(64)
        except OSError:
            said = b""
        if READY in said:
            self.ready = self.was_ready = True
        else:
            self._hang_up()

    def tell(self, what: bytes) -> None:
        """Say something to it."""
        if self.connection is not None:
            try:
                self.connection.sendall(what)
            except OSError:
                log.debug("the %s is ending already", self.name)

    def kill(self) -> None:
        """End its process at once."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self.killed = True

    def ended(self) -> int | None:
        """The exit status of its process if that has just ended; negative, the signal."""
        if not self._pid:
            return None
        pid, how = os.waitpid(self._pid, os.WNOHANG)
        if not pid:
            return None
        self._pid = 0
        self._hang_up()
        if time.monotonic() - self._started_at > _STEADY:
            self._failures = -1  # whatever ended it has nothing to do with its start
        return os.waitstatus_to_exitcode(how)

    def put_off(self) -> None:
        """Let it be started later, and later still the more often in a row it has failed; at once
        where it had run steadily before."""
        self._failures += 1
        self.again_at = time.monotonic() + backoff.pause(self._failures, 0.2, _LONGEST)

    def _hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None
