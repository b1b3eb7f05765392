"""The demo's two servers as child processes, started on bound sockets and reliably stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from trk_shop.tracker import open_directly

START_SECONDS = 60.0
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.1
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask the demo to end."""


class ChildError(RuntimeError):
    """A child did not start, or ended by itself; the message has the last lines of its log."""


class Child:
    """A command that serves on the socket passed by `--fd`, with its output in a log file."""

    def __init__(
        self, name: str, command: Sequence[str], listening: socket.socket, log: Path
    ) -> None:
        self.name = name
        self._command = command
        self._socket = listening
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it and hand the socket over to it."""
        fd = self._socket.fileno()
        with self._socket, self._log.open("wb") as log, _undisturbed():
            # In a process group of its own: Ctrl-C reaches only the demo, which stops its children.
            self._process = subprocess.Popen(
                [*self._command, "--fd", str(fd)],
                pass_fds=[fd],
                process_group=0,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
            )

    def wait_for(self, address: str) -> None:
        """Wait until `address` answers with 2xx. Raises ChildError if it doesn't."""
        deadline = time.monotonic() + START_SECONDS
        while self.runs() and time.monotonic() < deadline:
            try:
                open_directly(address, timeout=START_SECONDS).close()
            except OSError:  # also an answer that is not 2xx
                time.sleep(LOOK_SECONDS)
            else:
                return
        raise self.failure("did not start")

    def runs(self) -> bool:
        """Has it been started, and does it still run?"""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Ask it to end, and kill it if it doesn't within STOP_SECONDS."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def failure(self, what: str) -> ChildError:
        """An error that says `what` happened, with the last lines of the log."""
        lines = self._log.read_text(errors="replace").splitlines()[-8:]
        said = "".join(f"\n  {line}" for line in lines)
        return ChildError(f"{self.name} {what}. The end of {self._log}:{said}")


def first_to_end(*children: Child) -> ChildError:
    """Wait until one of `children` ends by itself; an error that says which."""
    while True:
        for child in children:
            if not child.runs():
                return child.failure("has ended")
        time.sleep(LOOK_SECONDS)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Delay signals that ask the demo to end until the body is done.

    A KeyboardInterrupt in the middle of Popen would leave a child that nobody knows of. The signals
    are not blocked, since the child would inherit that.
    """
    asked: list[int] = []
    handlers = {way: signal.getsignal(way) for way in ENDINGS}
    ours = [way for way, handler in handlers.items() if callable(handler)]
    for way in ours:
        signal.signal(way, lambda number, _: asked.append(number))
    try:
        yield
    finally:
        for way in ours:
            signal.signal(way, handlers[way])
        if asked:
            signal.raise_signal(asked[0])
