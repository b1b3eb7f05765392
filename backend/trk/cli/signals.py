"""The signals of a process that waits for several things at once."""

from __future__ import annotations

import signal
import socket


class Signals:
    """While this is open, signals wake whoever waits on a socket, and those that ask to stop are
    counted."""

    def __init__(self) -> None:
        self.asked = 0
        """How often it was asked to stop."""

    def __enter__(self) -> Signals:
        self._woken, self._wake = socket.socketpair()
        for each in (self._woken, self._wake):
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
        self._woken.close()
        self._wake.close()

    @property
    def woken(self) -> socket.socket:
        """Readable once there was a signal."""
        return self._woken

    def read(self) -> None:
        """Let it be readable by the next signal only."""
        self._woken.recv(4096)

    def _heard(self, number: int, _: object) -> None:
        if number != signal.SIGCHLD:
            self.asked += 1
