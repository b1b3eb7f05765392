"""Sends requests that nobody should send to every target of a server, on both databases.

`make fuzz`, or `python -m tests.fuzz [--requests 100000] [--seed 1] [--database sqlite]`. A find is
an answer with 5xx, no answer within its time, or a traceback in the log; growth is what the memory
of the server has gained in the second half. Each request is made of the seed and its number (with
the ids of what is there): `--first N` begins there, `--only N` sends one again and shows it with
its answer and the log. Ends with 1 if anything was found.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httptools
import psutil

from tests.fuzz.made import Maker, Request
from tests.fuzz.stock import stock
from tests.postgres import private_server
from trk.clock import now_ms
from trk.core.access import ALL
from trk.core.keys import token_hash
from trk.services.tokens import make_token
from trk.store import owners
from trk.store.database import Database
from trk.store.migrate import migrate
from trk_sdk.testkit.process import Backend

_AT_ONCE = 16
_AGAIN = 200
"""After so many requests the campaign is made again, since some of them delete it."""
_TOLD = 10_000
"""After so many requests a line says how far it is."""
_PATIENCE = 60.0
"""Seconds after which a request counts as never answered."""
_MOST_GROWTH = 48
"""MiB that the second half may add: caches of the database fill late."""
_RAISED = re.compile(r"Traceback \(most recent.*?^ {4}(\w.*?)$", re.DOTALL | re.MULTILINE)
"""What was raised, behind its traceback in the log."""
_SESSION = "a session of the fuzz's owner"
_COME_BACK = (b'"slow_body"', b"Too many p")
"""A 503 that says when to come back, to what was too slow or too much, is no fault."""


class Answer(NamedTuple):
    """A status (0: the connection was closed, -1: nothing came) and the body."""

    status: int
    body: bytes


class _Reading:
    """What a parser has read of one answer."""

    def __init__(self, *, head: bool) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.body = b""
        self.done = False
        self._head = head

    def on_headers_complete(self) -> None:
        self.done = self._head

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.done = True


class Client:
    """One connection, opened anew whenever it was closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._opened: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: Request) -> Answer:
        """Send one request, and read its answer."""
        try:
            async with asyncio.timeout(_PATIENCE):
                answer = await self._exchange(request)
                if answer.status == 0 and request.whole:
                    # A connection that was kept may have been closed meanwhile; a fresh one not.
                    answer = await self._exchange(request)
                return answer
        except TimeoutError:
            self.close()
            return Answer(-1, b"")

    async def _exchange(self, request: Request) -> Answer:
        if self._opened is None:
            self._opened = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._opened
        reading = _Reading(head=request.head)
        try:
            writer.write(request.sent)
            if not request.whole and writer.can_write_eof():
                writer.write_eof()
            await writer.drain()
            while not reading.done:
                data = await reader.read(65_536)
                if not data:
                    self.close()
                    break
                with suppress(httptools.HttpParserUpgrade):
                    reading.parser.feed_data(data)
        except (OSError, httptools.HttpParserError):
            self.close()
        status: int = reading.parser.get_status_code()
        if not request.whole or request.head or not reading.parser.should_keep_alive():
            self.close()
        return Answer(status, reading.body)

    def close(self) -> None:
        """End the connection."""
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None


async def _prepare(url: str) -> list[str]:
    await migrate(url)
    database = Database(url)
    await database.open()
    await database.write(
        owners.add,
        name="Olga",
        email="olga@example.org",
        password_hash="",
        first=True,
        session_hash=token_hash(_SESSION),
        now=now_ms(),
    )
    tokens = [(await database.write(make_token, f"fuzz {n}", scopes=ALL)).token for n in range(40)]
    await database.close()
    return tokens


async def _run(backend: Backend, url: str, maker: Maker, first: int, count: int) -> bool:
    process, started = psutil.Process(backend.pid), time.monotonic()
    clients = [Client(backend.port) for _ in range(_AT_ONCE)]
    statuses: Counter[int] = Counter()
    targets: Counter[str] = Counter()
    finds: list[str] = []
    memory: list[float] = []

    async def work(client: Client, numbers: range, ids: Mapping[str, str]) -> None:
        for number in numbers:
            request = maker.request(number, ids)
            answer = await client.send(request)
            statuses[answer.status] += 1
            targets[request.target] += 1
            told = answer.status == 503 and any(each in answer.body for each in _COME_BACK)
            if (answer.status >= 500 and not told) or answer.status == -1:
                finds.append(f"{number}: {request.target} {answer.status} {answer.body[:100]!r}")
                print(f"    found {finds[-1]}", flush=True)

    for begin in range(first, first + count, _AGAIN):
        ids = await stock(url)
        end = min(begin + _AGAIN, first + count)
        await asyncio.gather(
            *[work(each, range(begin + n, end, _AT_ONCE), ids) for n, each in enumerate(clients)]
        )
        memory.append(process.memory_info().rss / 1_048_576)
        if (end - first) % _TOLD == 0:
            seconds = time.monotonic() - started
            print(
                f"  {end - first:>8,} requests, {seconds:.0f} s, {memory[-1]:.0f} MiB", flush=True
            )
    for client in clients:
        client.close()
    tracebacks = _RAISED.findall(backend.log())
    half, whole = memory[len(memory) // 2], memory[-1]
    kinds = Counter({f"{status // 100}xx": 0 for status in (200, 300, 400, 500)})
    for status, times in statuses.items():
        kinds[f"{status // 100}xx" if status > 0 else "closed" if status == 0 else "none"] += times
    print(f"  targets {len(targets)}, answers {dict(kinds)}, 503 to come back {statuses[503]}")
    print(
        f"  memory {memory[0]:.0f} MiB after {_AGAIN}, {half:.0f} at half, {whole:.0f} at the end"
    )
    print(f"  log {backend.log_size() / 1_048_576:.1f} MiB, tracebacks {len(tracebacks)}")
    for raised in tracebacks[:20]:
        print(f"    {raised}")
    print(f"  finds {len(finds)}")
    return not finds and not tracebacks and whole - half <= _MOST_GROWTH


async def _again(backend: Backend, url: str, maker: Maker, number: int) -> bool:
    request = maker.request(number, await stock(url))
    answer = await Client(backend.port).send(request)
    print(f"{request.sent!r}\n{answer.status}\n{answer.body!r}\n{backend.log()}")
    return 0 <= answer.status < 500


def _on(kind: str, url: str, options: argparse.Namespace, folder: Path) -> bool:
    print(f"{kind}: {options.requests:,} requests from {options.first}, seed {options.seed}")
    tokens = asyncio.run(_prepare(url))
    backend = Backend(folder / kind, url)
    maker = Maker(options.seed, _SESSION, tokens)
    backend.start({"TRK_BODY_TIMEOUT": "2"})
    try:
        if options.only is not None:
            return asyncio.run(_again(backend, url, maker, options.only))
        return asyncio.run(_run(backend, url, maker, options.first, options.requests))
    finally:
        backend.close()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="on each database")
    parser.add_argument("--first", type=int, default=0, help="the number of the first request")
    parser.add_argument("--only", type=int, help="send just the request with this number")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    options = parser.parse_args()
    well = True
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if options.database != "postgresql":
            well &= _on("sqlite", f"sqlite:///{folder}/trk.db", options, folder)
        if options.database != "sqlite":
            with private_server() as postgres:
                well &= _on("postgresql", postgres.create("fuzz"), options, folder)
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
