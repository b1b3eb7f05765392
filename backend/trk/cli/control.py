"""What a process and its parent say to each other, a byte each: it is ready; it shall stop, and at
once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

READY, STOP, NOW = b"r", b"s", b"n"


class Control:
    """The child's end. A parent that is gone has said that it shall stop at once: nobody watches it
    any more, and another server may want its port."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    @property
    def connection(self) -> socket.socket:
        """Readable once it shall stop."""
        return self._connection

    def ready(self) -> None:
        """Tell the parent that this process does what it is for."""
        self._connection.sendall(READY)

    def watch(self, stop: Callable[[bool], None]) -> None:
        """Call `stop` when it shall stop; with True if that shall be at once."""
        loop = asyncio.get_running_loop()

        def heard() -> None:
            try:
                said = self._connection.recv(64)
            except OSError:  # a parent that was killed had something to read
                said = b""
            if not said:
                loop.remove_reader(self._connection)
            stop(not said or NOW in said)

        loop.add_reader(self._connection, heard)
