"""Prints what polls cost PostgreSQL's primary where a standby answers them, and where none does:
`python -m tests.bench.standbys`.

Two servers on the same primary are asked in turn, one of them with TRK_DATABASE_READ; then again
while beacons come, so that the standby has something to catch up with.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.bench.__main__ import uvloop_runner
from tests.bench.load import load
from tests.bench.prepared import beacons, poll, prepare
from tests.bench.servers import processor_time
from tests.postgres import PostgresServer, private_server, standby_of
from trk_sdk.testkit.process import Server

_ENTRANTS = 200


class Round(NamedTuple):
    """Polls a second, their times in ms, and the µs of the processor that each took of both."""

    rate: float
    p50: float
    p99: float
    primary: float
    standby: float
    wrong: int


async def _round(
    server: Server, both: list[PostgresServer], polls: list[bytes], pushed: list[bytes], most: int
) -> Round:
    before = [processor_time(each.pid) for each in both]
    pushing = asyncio.create_task(load(server.port, pushed, b"HTTP/1.1 200", 1)) if pushed else None
    measured = await load(server.port, polls, b"HTTP/1.1 304", most)
    if pushing is not None:
        await pushing
    after = [processor_time(each.pid) for each in both]
    took = [(b - a) / len(polls) * 1e6 for a, b in zip(before, after, strict=True)]
    return Round(measured.rate, measured.p50, measured.p99, took[0], took[1], measured.wrong)


async def _measure(
    servers: dict[str, Server], both: list[PostgresServer], visitors: list[str], options: Options
) -> None:
    watched, pushing = visitors[:_ENTRANTS], iter(visitors[_ENTRANTS:])
    seen: dict[tuple[str, int], list[Round]] = {}
    for _ in range(options.rounds):
        for name, server in servers.items():
            for count in (0, options.beacons):
                known = [await poll(server.port, each) for each in watched]
                polls = known * (options.polls // len(known))
                pushed = beacons([next(pushing) for _ in range(count)])
                made = await _round(server, both, polls, pushed, options.connections)
                seen.setdefault((name, count), []).append(made)
    columns = ("polls/s", "p50 ms", "p99 ms", "primary µs", "standby µs", "wrong")
    print(f"{'what':<24}" + "".join(f"{column:>12}" for column in columns))
    for (name, count), rounds in seen.items():
        title = f"{name}{f', {count} beacons' if count else ''}"
        middle = [statistics.median(each[n] for each in rounds) for n in range(5)]
        wrong = sum(each.wrong for each in rounds)
        print(f"{title:<24}" + "".join(f"{each:>12.1f}" for each in middle) + f"{wrong:>12}")


class Options(argparse.Namespace):
    """What the command line says."""

    rounds: int
    polls: int
    beacons: int
    connections: int


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--polls", type=int, default=4000, help="per round")
    parser.add_argument("--beacons", type=int, default=200, help="beside them")
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args(namespace=Options())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        primary = stack.enter_context(private_server(durable=True))
        standby = stack.enter_context(standby_of(primary))
        url = primary.create("bench")
        entrants = _ENTRANTS + 2 * options.rounds * options.beacons
        visitors = asyncio.run(prepare(url, entrants))
        servers: dict[str, Server] = {}
        for name, more in (("primary", ""), ("standby", standby.url("bench"))):
            server = Server([sys.executable, "-m", "trk", "serve"], folder / f"{name}.log")
            stack.callback(server.close)
            settings = {"TRK_DATABASE": url, "TRK_DATABASE_READ": more, "TRK_WORKERS": "1"}
            server.start({**os.environ, **settings})
            servers[name] = server
        while "a standby answers" not in servers["standby"].log():
            time.sleep(0.1)
        runner = stack.enter_context(uvloop_runner())
        runner.run(_measure(servers, [primary, standby], visitors, options))


if __name__ == "__main__":
    main()
