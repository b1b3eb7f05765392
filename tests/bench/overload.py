"""Prints what a server stores of three times what it can take, from browsers that come back as
trk.js does: `python -m tests.bench.overload`.

The database is made slow, so that the load fits on the same machine. Goodput is what was
acknowledged in a second of the rush, as a part of what it can take.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import secrets
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from tests.bench.__main__ import uvloop_runner
from tests.bench.prepared import KEY
from tests.postgres import private_server
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store.database import Database
from trk.store.migrate import migrate
from trk.store.program import select
from trk_sdk.testkit.process import Server

SLOW = """
import time

from trk.cli import main
from trk.store import beacons

store = beacons.store

async def slow(tx, group):
    PAUSE
    return await store(tx, group)

beacons.store = slow
main()
"""
PAUSES = {
    "sqlite": "time.sleep(COST * len(group))",  # in the writer's own thread
    # Two groups are under way at once.
    "postgresql": 'await tx.fetch("SELECT pg_sleep(2 * COST * $1) AS slept", len(group))',
}
_RETRY = re.compile(rb"\r\nretry-after: (\d+)\r\n", re.I)
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.I)


class Browsers:
    """Many that push once each, over connections that they share."""

    def __init__(self, port: int, connections: int) -> None:
        self._port = port
        self._due: asyncio.Queue[bytes] = asyncio.Queue()
        self._tasks = [asyncio.create_task(self._send()) for _ in range(connections)]
        self.sent = 0
        self.acknowledged: Counter[int] = Counter()
        """How many in each second of the monotonic clock."""
        self.told: Counter[int] = Counter()
        """Answers by status."""
        self.longest = 0
        """The longest wait that any was told, in seconds."""

    @property
    def stored(self) -> int:
        """How many were acknowledged."""
        return self.told[200]

    def push(self) -> None:
        """One more visitor pushes."""
        self.sent += 1
        stamp = f"{int(time.time() * 1000):012x}"
        made = f"{stamp[:8]}-{stamp[8:]}-7000-8000-{self.sent:012x}"
        body = f'{{"id":"{made}","visitor":"{secrets.token_hex(16)}","pairs":[["VIP"]]}}'
        head = f"POST /{KEY}/beacon HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}\r\n\r\n"
        self._due.put_nowait((head + body).encode())

    async def _send(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while True:
            request = await self._due.get()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            await reader.readexactly(int(length[1]) if length else 0)
            status = int(head[9:12])
            self.told[status] += 1
            if status == 200:
                self.acknowledged[int(time.monotonic())] += 1
                continue
            asked = _RETRY.search(head)
            after = int(asked[1]) if asked else 1
            self.longest = max(self.longest, after)
            # As sdk/trk_sdk/src/trk/delivery.js waits.
            pause = min(after, 3600) * (1 + random.random() / 2)
            asyncio.get_running_loop().call_later(pause, self._due.put_nowait, request)

    async def all_stored(self) -> None:
        """Return once all is acknowledged."""
        while True:
            if self.stored == self.sent:
                return
            await asyncio.sleep(0.1)

    def leave(self) -> None:
        """End them."""
        for task in self._tasks:
            task.cancel()


async def _measure(url: str, log: Path, pause: str, options: argparse.Namespace) -> None:
    await _prepare(url)
    seconds, factor = options.seconds, options.factor
    server = Server([sys.executable, "-c", SLOW.replace("PAUSE", pause), "serve"], log)
    settings = {"TRK_DATABASE": url, "TRK_QUEUE": "500", "TRK_WORKERS": str(options.workers)}
    server.start({**os.environ, **settings})
    try:
        browsers = Browsers(server.port, 1600)
        # What it can take: 400 browsers, each of which waits for its answer before the next pushes.
        began = time.monotonic()
        while time.monotonic() - began < 12:
            while browsers.sent - browsers.stored < 400:
                browsers.push()
            await asyncio.sleep(0.01)
        whole = [browsers.acknowledged[int(began) + n] for n in range(3, 11)]
        capacity = sum(whole) / len(whole)
        await browsers.all_stored()
        _say(f"capacity: {capacity:.0f} a second; then {factor:g} times that for {seconds} s")

        before, began = browsers.sent, time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            while browsers.sent - before < passed * capacity * factor:
                browsers.push()
            await asyncio.sleep(0.01)
        rush = [browsers.acknowledged[int(began) + n] for n in range(2, seconds - 1)]
        goodput = sum(rush) / len(rush)
        rushed = Counter(browsers.told)
        _say(f"goodput: {goodput:.0f} a second, {goodput / capacity:.1%} of the capacity")
        minutes = [rush[start : start + 60] for start in range(0, len(rush), 60)]
        parts = ", ".join(f"{sum(each) / len(each) / capacity:.0%}" for each in minutes)
        _say(f"by the minute: {parts}")
        _say(f"refused meanwhile: {rushed[503]}, told to wait for up to {browsers.longest} s")
        await browsers.all_stored()
        over = time.monotonic() - began - seconds
        _say(f"all {browsers.sent} acknowledged {over:.0f} s after the rush: {browsers.told}")
        browsers.leave()
    finally:
        server.close()
    rows, beacons = await _stored(url)
    _say(
        f"stored: {rows} rows of {beacons} beacons; lost {browsers.sent - beacons}, doubled "
        f"{rows - beacons}"
    )


async def _prepare(url: str) -> None:
    await migrate(url)
    database = Database(url)
    await database.open()
    campaign = await database.write(make_campaign, CampaignDraft("Bench", key=KEY))
    await database.write(make_action, campaign, ActionDraft("Be VIP", "VIP"))
    await database.close()


async def _stored(url: str) -> tuple[int, int]:
    """The rows of all beacons, and how many beacons there are."""
    database = Database(url)
    await database.open()
    [row] = await database.read_through(
        select, "SELECT COUNT(*) AS n, COUNT(DISTINCT beacon) AS beacons FROM trackings"
    )
    await database.close()
    return row["n"], row["beacons"]


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--factor", type=float, default=3.0)
    parser.add_argument("--cost", type=float, default=0.0028, help="seconds for each beacon")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database", choices=PAUSES, default="sqlite")
    options = parser.parse_args()
    pause = PAUSES[options.database].replace("COST", str(options.cost))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if options.database == "sqlite":
            url = f"sqlite:///{folder / 'trk.db'}"
        else:
            url = stack.enter_context(private_server(durable=True)).create("overload")
        runner = stack.enter_context(uvloop_runner())
        runner.run(_measure(url, folder / "log", pause, options))


if __name__ == "__main__":
    main()
