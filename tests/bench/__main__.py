"""Prints the table: interleaved rounds on one machine, medians, ratios to the Starlette route."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from tests.bench.disk import COMMIT_BYTES, syncs
from tests.bench.load import Measured, load
from tests.bench.servers import resident
from tests.postgres import private_server
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.keys import token_hash
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import entrants
from trk.store.database import Database
from trk.store.migrate import migrate
from trk.store.program import Transaction
from trk_sdk.testkit.process import Server

KEY = "bench"
NAMES = ("bare", "route", "sqlite", "logged", "postgresql", "ungrouped", "status")
TITLES = {
    "bare": "bare ASGI, answers 204",
    "route": "Starlette route, msgspec, answers 204",
    "sqlite": "beacon: one unlock each, SQLite, synchronous=FULL",
    "logged": "the same with a line of JSON in the log for each",
    "postgresql": "beacon: one unlock each, PostgreSQL, synchronous_commit=on",
    "ungrouped": "the same on SQLite, without group commit",
    "status": "GET /status, answers 304",
}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=6000, help="per round and row")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, private_server(durable=True) as postgres:
        urls = {
            "postgresql": postgres.create("bench"),
            "sqlite": f"sqlite:///{folder}/grouped.db",
            "logged": f"sqlite:///{folder}/logged.db",
            "ungrouped": f"sqlite:///{folder}/ungrouped.db",
            "status": f"sqlite:///{folder}/status.db",
        }
        with uvloop_runner() as runner:
            runner.run(_bench(Path(folder), urls, options.rounds, options.requests))


def uvloop_runner() -> asyncio.Runner:
    """A loop quick enough not to be what is measured."""
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


async def _bench(folder: Path, urls: dict[str, str], rounds: int, requests: int) -> None:
    results: dict[str, list[Measured]] = {name: [] for name in NAMES}
    memory = 0.0
    synced: list[float] = []
    visitors = {
        name: await _prepare(url, requests * rounds if name != "status" else 1)
        for name, url in urls.items()
    }
    servers = {}
    for name in NAMES:
        command = [sys.executable, "-m", "tests.bench.servers", name, urls.get(name, "")]
        servers[name] = Server(command, folder / f"{name}.log")
    try:
        for server in servers.values():
            server.start(os.environ)
        memory = resident(servers["sqlite"].pid)
        for turn in range(rounds):
            synced.extend(syncs(folder))
            for name in NAMES:
                _say(f"round {turn + 1} of {rounds}: {name}")
                count = requests // 10 if name == "ungrouped" else requests
                port = servers[name].port
                if name == "status":
                    prepared = [await _poll(port, visitors[name][0])] * count
                else:
                    known = visitors.get(name) or [secrets.token_hex(16) for _ in range(count)]
                    prepared = _beacons(known[turn * count : (turn + 1) * count] or known[:count])
                status = {"bare": 204, "route": 204, "status": 304}
                expected = f"HTTP/1.1 {status.get(name, 200)}".encode()
                results[name].append(await load(port, prepared, expected))
    finally:
        for server in servers.values():
            server.close()
    _say("")
    _print(results, memory, synced)


async def _prepare(url: str, count: int) -> list[str]:
    """A campaign with one action and `count` linked entrants; their visitor ids."""
    _say(f"preparing {count} entrants")
    await migrate(url)
    database = Database(url)
    await database.open()
    campaign = await database.write(make_campaign, CampaignDraft("Bench", key=KEY))
    await database.write(make_action, campaign, ActionDraft("Be VIP", "VIP"))
    visitors = [secrets.token_hex(16) for _ in range(count)]

    async def enter_all(tx: Transaction) -> None:
        for visitor in visitors:
            await entrants.enter(
                tx,
                campaign,
                name="Ann",
                email=f"{visitor}@example.org",
                session_hash=token_hash(visitor),
                visitor=visitor,
                now=0,
            )

    await database.write(enter_all)
    await database.close()
    return visitors


def _beacons(visitors: Sequence[str]) -> list[bytes]:
    now = time.time_ns() // 1_000_000
    prepared = []
    for n, visitor in enumerate(visitors):
        stamp = f"{now + n // 64:012x}"
        tail = f"8{secrets.token_hex(2)[:3]}-{secrets.token_hex(6)}"
        beacon_id = f"{stamp[:8]}-{stamp[8:]}-7{n % 64:03x}-{tail}"
        body = {"id": beacon_id, "visitor": visitor, "age": 0, "pairs": [["VIP", f"order-{n}"]]}
        content = json.dumps(body).encode()
        head = (
            f"POST /{KEY}/beacon HTTP/1.1\r\nHost: localhost\r\nOrigin: https://shop.example\r\n"
            f"Content-Type: text/plain\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        prepared.append(head.encode() + content)
    return prepared


async def _poll(port: int, visitor: str) -> bytes:
    """A request for the status that is answered 304."""
    head = f"GET /{KEY}/status HTTP/1.1\r\nHost: localhost\r\nCookie: trk_{KEY}={visitor}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}Connection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    [etag] = [line[6:] for line in answer.split("\r\n") if line.startswith("etag: ")]
    return f"{head}If-None-Match: {etag}\r\n\r\n".encode()


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _print(results: dict[str, list[Measured]], memory: float, synced: list[float]) -> None:
    print(f"64 connections, one worker, {os.cpu_count()} cores; medians; ratios to the route.\n")
    print(f"{'what':<60} {'requests/s':>10} {'ratio':>6} {'p50 ms':>7} {'p99 ms':>7} {'wrong':>6}")
    for name in NAMES:
        rows = results[name]
        ratio = statistics.median(
            row.rate / base.rate for row, base in zip(rows, results["route"], strict=True)
        )
        rate, p50, p99 = (statistics.median(row[i] for row in rows) for i in range(3))
        wrong = sum(row.wrong for row in rows)
        print(f"{TITLES[name]:<60} {rate:>10,.0f} {ratio:>6.2f} {p50:>7.1f} {p99:>7.1f} {wrong:>6}")
    synced.sort()
    print(
        f"\nThe disk makes {COMMIT_BYTES // 1024} KiB durable in {synced[len(synced) // 2]:.1f} ms "
        f"(median; p99 {synced[len(synced) * 99 // 100]:.1f} ms): every group waits for that once."
    )
    print(f"Resident memory of the server, idle: {memory:.0f} MiB")


if __name__ == "__main__":
    main()
