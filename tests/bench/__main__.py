"""Prints the table of `make bench`: interleaved rounds, medians, ratios to a Starlette route."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import uvloop

from tests.bench import wrk
from tests.bench.disk import COMMIT_BYTES, syncs
from tests.bench.load import Measured, load
from tests.bench.prepared import beacons, poll
from tests.bench.servers import processor_time, resident
from tests.postgres import PostgresServer, private_server
from trk_sdk.testkit.process import Server

HERE = str(Path(__file__).parents[2])
_PREPARING = """
import asyncio, json, sys
try:
    from tests.bench.prepared import prepare
except ImportError:  # an older checkout
    from tests.bench.__main__ import _prepare as prepare

print(json.dumps(asyncio.run(prepare(sys.argv[1], *map(int, sys.argv[2:])))))
"""


class Row(NamedTuple):
    """A server that is measured: what it is, and how it is started.

    `database` is sqlite, postgresql or none; `where` is the checkout whose server it is, or empty
    for a server of tests/bench/servers.
    """

    title: str
    database: str
    where: str = ""
    settings: Mapping[str, str] = {}
    polls: bool = False
    fraction: int = 1
    """How many times fewer requests it gets."""
    expected: str = "200"


class Round(NamedTuple):
    """What a round has shown of one server; µs of the processor a request."""

    measured: Measured
    cpu: float
    postgres: float


BASE = "route"


def rows(workers: int, beside: str) -> dict[str, Row]:
    """What is compared, by name."""
    several = {"TRK_WORKERS": str(workers)}
    known = {
        "bare": Row("bare ASGI, answers 204", "", expected="204"),
        BASE: Row("Starlette route, msgspec, answers 204", "", expected="204"),
        "sqlite": Row("beacon: one unlock each, SQLite, synchronous=FULL", "sqlite", HERE),
        "sqlite+": Row(f"the same, {workers} workers", "sqlite", HERE, several),
        "logged": Row(
            "the same on one, with a line of JSON in the log for each",
            "sqlite",
            HERE,
            {"TRK_ACCESS_LOG": "all", "TRK_LOG_FORMAT": "json"},
        ),
        "ungrouped": Row("the same on one, without group commit", "sqlite", fraction=10),
        "postgresql": Row("beacon: PostgreSQL, synchronous_commit=on", "postgresql", HERE),
        "postgresql+": Row(f"the same, {workers} workers", "postgresql", HERE, several),
        "status": Row("GET /status, answers 304", "sqlite", HERE, polls=True, expected="304"),
        "status+": Row(
            f"the same, {workers} workers", "sqlite", HERE, several, polls=True, expected="304"
        ),
    }
    if beside:
        known["beside"] = Row("beacon: SQLite, the other checkout", "sqlite", beside)
        known["beside pg"] = Row("beacon: PostgreSQL, the other checkout", "postgresql", beside)
        known["beside status"] = Row(
            "GET /status, the other checkout", "sqlite", beside, polls=True, expected="304"
        )
    return known


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=6000, help="per round and row")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument(
        "--campaigns", type=int, default=1, help="whose turn it is with each beacon"
    )
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument(
        "--beside", default="", metavar="PATH", help="an older checkout, with .venv"
    )
    parser.add_argument("--rows", default="", metavar="NAMES", help="only these: sqlite,sqlite+,…")
    options = parser.parse_args()
    chosen = rows(options.workers, options.beside)
    if options.rows:
        names = [BASE, *options.rows.split(",")]
        chosen = {name: row for name, row in chosen.items() if name in names}
    with tempfile.TemporaryDirectory() as folder, private_server(durable=True) as postgres:
        bench = Bench(Path(folder), chosen, postgres, options.connections, options.campaigns)
        bench.run(options.rounds, options.requests)


def uvloop_runner() -> asyncio.Runner:
    """A loop quick enough not to be what is measured."""
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


class Bench:
    """The servers, all running, one of them measured at a time."""

    def __init__(
        self,
        folder: Path,
        chosen: Mapping[str, Row],
        postgres: PostgresServer,
        connections: int,
        campaigns: int,
    ) -> None:
        self._folder = folder
        self._rows = chosen
        self._postgres = postgres
        self._connections = connections
        self._campaigns = campaigns
        self._wrk = wrk.installed()
        self._servers: dict[str, Server] = {}
        self._visitors: dict[str, list[str]] = {}
        self._rounds: dict[str, list[Round]] = {name: [] for name in chosen}

    def run(self, rounds: int, requests: int) -> None:
        """Measure and print."""
        try:
            for name, row in self._rows.items():
                self._start(name, row, 1 if row.polls else requests * rounds // row.fraction)
            with uvloop_runner() as runner:
                runner.run(self._measure(rounds, requests))
        finally:
            for server in self._servers.values():
                server.close()

    async def _measure(self, rounds: int, requests: int) -> None:
        synced: list[float] = []
        memory = {name: resident(server.pid) for name, server in self._servers.items()}
        for turn in range(rounds):
            synced.extend(syncs(self._folder))
            for name, row in self._rows.items():
                _say(f"round {turn + 1} of {rounds}: {name}")
                count = requests // row.fraction
                self._rounds[name].append(await self._round(name, row, turn, count))
        _say("")
        self._print(memory, synced)

    def _start(self, name: str, row: Row, entrants: int) -> None:
        url = ""
        if row.database == "sqlite":
            url = f"sqlite:///{self._folder}/{len(self._servers)}.db"
        elif row.database:
            url = self._postgres.create(f"bench{len(self._servers)}")
        python, environment = sys.executable, dict(os.environ)
        if row.where not in ("", HERE):
            python = str(Path(row.where, ".venv", "bin", "python"))
            # Ahead of what it has installed, and of where this program's own modules are.
            paths = (str(Path(row.where, each)) for each in ("", "backend", "sdk"))
            environment["PYTHONPATH"] = os.pathsep.join(paths)
        if url:
            _say(f"preparing {entrants} entrants for: {name}")
            several = [str(self._campaigns)] if self._campaigns > 1 else []
            # By its own program: the schema of another checkout may be an older one.
            made = subprocess.run(
                [python, "-c", _PREPARING, url, str(entrants), *several],
                cwd=row.where or HERE,
                env=environment,
                check=True,
                stdout=subprocess.PIPE,
            )
            self._visitors[name] = json.loads(made.stdout)
        command = [python, "-m", "trk", "serve"]
        if not row.where:
            command = [python, "-m", "tests.bench.servers", name, url]
        server = Server(command, self._folder / f"{len(self._servers)}.log")
        settings = {"TRK_DATABASE": url, "TRK_WORKERS": "1", **row.settings}
        server.start({**environment, **settings})
        self._servers[name] = server

    async def _round(self, name: str, row: Row, turn: int, count: int) -> Round:
        server = self._servers[name]
        if row.polls:
            prepared = [await poll(server.port, self._visitors[name][0])] * count
        else:
            known = self._visitors.get(name) or [secrets.token_hex(16)] * count * (turn + 1)
            prepared = beacons(known[turn * count : (turn + 1) * count], self._campaigns)
        before = processor_time(server.pid), processor_time(self._postgres.pid)
        if self._wrk:
            measured = wrk.load(server.port, prepared, row.expected, self._connections)
        else:
            expected = f"HTTP/1.1 {row.expected}".encode()
            measured = await load(server.port, prepared, expected, self._connections)
        after = processor_time(server.pid), processor_time(self._postgres.pid)
        own, postgres = ((b - a) / count * 1e6 for a, b in zip(before, after, strict=True))
        return Round(measured, own, postgres)

    def _print(self, memory: Mapping[str, float], synced: list[float]) -> None:
        print(
            f"{self._connections} connections of {'wrk' if self._wrk else 'this program'}, "
            f"{os.cpu_count()} cores; medians of "
            f"{len(self._rounds[BASE])} rounds; ratios to the route; µs of the processor a "
            "request, of all the server's processes, and of PostgreSQL's.\n"
        )
        columns = ("requests/s", "ratio", "p50 ms", "p99 ms", "CPU µs", "PG µs", "MiB", "wrong")
        print(f"{'what':<58}" + "".join(f"{column:>11}" for column in columns))
        for name, row in self._rows.items():
            seen = self._rounds[name]
            ratio = statistics.median(
                each.measured.rate / base.measured.rate
                for each, base in zip(seen, self._rounds[BASE], strict=True)
            )
            rate, p50, p99 = (statistics.median(e.measured[i] for e in seen) for i in range(3))
            cpu = statistics.median(each.cpu for each in seen)
            postgres = statistics.median(each.postgres for each in seen)
            shown = f"{postgres:.0f}" if row.database == "postgresql" else ""
            wrong = sum(each.measured.wrong for each in seen)
            print(
                f"{row.title:<58}{rate:>11,.0f}{ratio:>11.2f}{p50:>11.1f}{p99:>11.1f}"
                f"{cpu:>11.0f}{shown:>11}{memory[name]:>11.0f}{wrong:>11}"
            )
        synced.sort()
        print(
            f"\nThe disk makes {COMMIT_BYTES // 1024} KiB durable in "
            f"{synced[len(synced) // 2]:.1f} ms (median; p99 "
            f"{synced[len(synced) * 99 // 100]:.1f} ms): every group waits for that once."
        )
        print("MiB: memory at rest of all the server's processes, what they share counted once.")


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
