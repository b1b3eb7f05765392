"""Prints what becomes of beacons that come on thousands of connections, all open at once.

`python -m tests.bench.connected [--connections 5000] [--rounds 4]`: they stay open; in each round
one beacon comes on each of them, all at the same time, on SQLite with one worker and with two. Who
is told to come back comes again after a second.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import resource
import secrets
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.bench.prepared import beacon
from tests.bench.servers import resident
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.truth import Campaign, make_campaign

_AT_ONCE = 100
"""How many connections are being opened at a time."""
_COME_BACK = 1.0


class _Open(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    visitor: str


class _Counted:
    """What the answers were, and how long each beacon waited until it was stored (ms)."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self.refused = 0


def main() -> None:
    """Open, send, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the server's as well
    print(
        "| workers | connections | stored | missing | twice | told to come back | p50, ms | p99 "
        "| longest | MiB before | with all open |"
    )
    print(f"|{' ---: |' * 11}")
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            backend = Backend(Path(folder))
            backend.start({"TRK_WORKERS": str(workers)})
            try:
                _measure(backend, workers, options)
            finally:
                backend.close()


def _measure(backend: Backend, workers: int, options: argparse.Namespace) -> None:
    campaign = make_campaign(backend, ["VIP"], url="", pause=time.sleep)
    before = resident(backend.pid)
    counted, most = asyncio.run(_send(backend, campaign, options))
    beacons = [each.beacon for each in campaign.trackings()]
    sent = options.connections * options.rounds
    times = sorted(counted.waited)
    shown = [times[len(times) // 2], times[len(times) * 99 // 100], times[-1]]
    print(
        f"| {workers} | {options.connections:,} | {len(set(beacons)):,} "
        f"| {sent - len(set(beacons)):,} | {len(beacons) - len(set(beacons)):,} "
        f"| {counted.refused:,} | {' | '.join(f'{each:,.0f}' for each in shown)} "
        f"| {before:.0f} | {most:.0f} |",
        flush=True,
    )


async def _send(
    backend: Backend, campaign: Campaign, options: argparse.Namespace
) -> tuple[_Counted, float]:
    opened: list[_Open] = []
    while len(opened) < options.connections:
        opened += await asyncio.gather(
            *[
                _connect(backend.port)
                for _ in range(min(_AT_ONCE, options.connections - len(opened)))
            ]
        )
    counted, most = _Counted(), 0.0
    for _ in range(options.rounds):
        await asyncio.gather(*[_store(campaign.key, each, counted) for each in opened])
        most = max(most, await asyncio.to_thread(resident, backend.pid))
    for each in opened:
        each.writer.close()
    for each in opened:
        with contextlib.suppress(OSError):
            await each.writer.wait_closed()
    return counted, most


async def _connect(port: int) -> _Open:
    return _Open(*await asyncio.open_connection("127.0.0.1", port), secrets.token_hex(16))


async def _store(key: str, on: _Open, counted: _Counted) -> None:
    """Send a beacon until it is stored."""
    body = json.dumps(beacon("VIP", on.visitor)).encode()
    head = f"POST /{key}/beacon HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}\r\n\r\n"
    began = time.perf_counter()
    while True:
        on.writer.write(head.encode() + body)
        status, _ = await _answer(on.reader)
        if status == 200:
            counted.waited.append((time.perf_counter() - began) * 1000)
            return
        assert status in (429, 503), status
        counted.refused += 1
        await asyncio.sleep(_COME_BACK)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.split("content-length: ")[1].split("\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(length)


if __name__ == "__main__":
    main()
