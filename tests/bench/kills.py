"""Prints what is lost and what is counted twice when processes of a server are killed under load.

`python -m tests.bench.kills`: a worker, the process that stores or the parent, at random,
while sixteen clients send beacons; a parent is started again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from tests.backend.shoppers import Shoppers, number_of
from tests.postgres import private_server
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.truth import make_campaign


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=18)
    options = parser.parse_args()
    print(f"{'database':<12}{'killed':<40}{'acknowledged':>13}{'lost':>6}{'twice':>7}")
    with tempfile.TemporaryDirectory() as folder, private_server(durable=True) as postgres:
        for database in ("sqlite", "postgresql"):
            url = postgres.create("kills") if database == "postgresql" else None
            backend = Backend(Path(folder, database), url)
            try:
                asyncio.run(_kill(backend, database, options))
            finally:
                backend.close()


async def _kill(backend: Backend, database: str, options: argparse.Namespace) -> None:
    settings = {"TRK_WORKERS": str(options.workers)}
    backend.start(settings)
    # Both have an action: of names that no action has, a campaign stores so many a day only.
    campaign = make_campaign(backend, ["VIP", "seen"], url="", pause=time.sleep)
    shoppers, choose = Shoppers(campaign), random.Random(options.seed)
    parents = 0
    for turn in range(options.kills):
        if sys.stderr.isatty():
            print(f"\r\033[K{turn} of {options.kills}", end="", file=sys.stderr, flush=True)
        number = options.workers + (database == "sqlite")
        whole = await asyncio.to_thread(processes, backend, number)
        victim = choose.choice([None, *whole])
        wanted = len(shoppers.acknowledged) + choose.randrange(1, 60)

        end = backend.kill if victim is None else victim.kill
        shopping = asyncio.create_task(shoppers.send_until_gone(60, end))
        while len(shoppers.acknowledged) < wanted + 80 and not shopping.done():
            await asyncio.wait([shopping], timeout=0.02)
        shopping.cancel()
        await asyncio.gather(shopping, return_exceptions=True)
        if victim is None:
            parents += 1
            await asyncio.to_thread(psutil.wait_procs, whole, 30)
            backend.start(settings)
    stored = [number_of(tracking.beacon) for tracking in campaign.trackings()]
    each = Counter(stored)
    lost = shoppers.acknowledged - each.keys()
    twice = [number for number, pairs in each.items() if pairs != 2]  # a beacon has two pairs
    log = backend.log()
    stores, all_children = log.count("the store process ended ("), log.count("ended (signal 9)")
    killed = f"parent {parents}, store {stores}, workers {all_children - stores}"
    print(
        f"{database:<12}{killed:<40}{len(shoppers.acknowledged):>13,}{len(lost):>6}{len(twice):>7}"
    )


def processes(backend: Backend, number: int) -> list[psutil.Process]:
    """A server's children, once there are as many as there should be."""
    until = time.monotonic() + 30
    while True:
        with contextlib.suppress(psutil.NoSuchProcess):
            found: list[psutil.Process] = psutil.Process(backend.pid).children()
            if len(found) == number:
                return found
        if time.monotonic() > until:
            raise SystemExit(f"not all processes came back:\n{backend.log()[-4000:]}")
        time.sleep(0.01)


if __name__ == "__main__":
    main()
