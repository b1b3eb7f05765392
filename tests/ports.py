"""Free ports of loopback, for programs that take a number rather than a socket.

A port that the system gives away by itself may be taken by any connection, or another worker of
pytest-xdist, before the program has it. These lie below those, and each worker has its own.
"""

from __future__ import annotations

import itertools
import os
import socket

_FIRST, _EACH = 20_000, 1000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 12
# Two runs at once begin at different ones.
_numbers = itertools.count(os.getpid())


def free_port() -> int:
    """A port that nothing listens on, and that no other test is given."""
    for number in itertools.islice(_numbers, _EACH):
        port = _FIRST + _WORKER * _EACH + number % _EACH
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"none of {_EACH} ports is free")
