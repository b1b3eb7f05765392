"""A load of prepared requests over keep-alive connections, and what it measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple


class Measured(NamedTuple):
    """Requests a second, and latencies in milliseconds; `wrong` counts unexpected answers."""

    rate: float
    p50: float
    p99: float
    wrong: int


async def load(
    port: int, requests: Sequence[bytes], expected: bytes, connections: int = 64
) -> Measured:
    """Send each of `requests` once, on so many connections; `expected` starts a good answer."""
    waiting = iter(requests)
    took: list[float] = []
    wrong = 0

    async def connection() -> None:
        nonlocal wrong
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.find(b"content-length: ")
            if at >= 0:
                await reader.readexactly(int(head[at + 16 : head.index(b"\r\n", at)]))
            took.append(time.perf_counter() - started)
            wrong += not head.startswith(expected)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*[connection() for _ in range(connections)])
    elapsed = time.perf_counter() - started
    took.sort()
    return Measured(
        len(took) / elapsed,
        took[len(took) // 2] * 1000,
        took[len(took) * 99 // 100] * 1000,
        wrong,
    )
