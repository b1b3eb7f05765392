"""A load of prepared requests over keep-alive connections, and what it measured.

Written on bare protocols: on two cores, whatever the load takes is taken from the server.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast


class Measured(NamedTuple):
    """Requests a second, and latencies in milliseconds; `wrong` counts unexpected answers."""

    rate: float
    p50: float
    p99: float
    wrong: int


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the one before is complete."""

    def __init__(self, waiting: Iterator[bytes], expected: bytes) -> None:
        self._waiting = waiting
        self._expected = expected
        self._received = b""
        self._sent_at = 0.0
        self.took: list[float] = []
        self.wrong = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def start(self) -> None:
        """Send one request, or end where there is none left."""
        request = next(self._waiting, None)
        if request is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not _complete(self._received):
            return
        self.took.append(time.perf_counter() - self._sent_at)
        self.wrong += not self._received.startswith(self._expected)
        self._received = b""
        self.start()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self.wrong += 1
        self.done.set_result(None)


def _complete(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = answer.find(b"content-length: ", 0, end)
    length = int(answer[at + 16 : answer.index(b"\r\n", at)]) if at >= 0 else 0
    return len(answer) >= end + 4 + length


async def load(
    port: int, requests: Sequence[bytes], expected: bytes, connections: int = 64
) -> Measured:
    """Send each of `requests` once, on so many connections; `expected` starts a good answer."""
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    opened = [
        (await loop.create_connection(lambda: _Connection(waiting, expected), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    started = time.perf_counter()
    for connection in opened:
        connection.start()
    await asyncio.gather(*[connection.done for connection in opened])
    elapsed = time.perf_counter() - started
    took = sorted(seconds for connection in opened for seconds in connection.took)
    return Measured(
        len(took) / elapsed,
        took[len(took) // 2] * 1000,
        took[len(took) * 99 // 100] * 1000,
        sum(connection.wrong for connection in opened),
    )
