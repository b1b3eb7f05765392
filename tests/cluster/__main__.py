"""`make cluster`: starts the cluster, lets visitors come, and shows how it is, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time

import asyncpg

from tests.cluster import books, programs
from tests.cluster.browser import Ledger
from tests.cluster.cluster import Cluster, NotWhole, cluster
from tests.cluster.load import Load, make_campaigns
from tests.cluster.network import namespaces_allowed, network
from tests.cluster.outside import outside
from tests.cluster.programs import Missing, ensure
from tests.cluster.running import ended_in_order
from tests.cluster.table import Screen, Seen, table

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)
_EVERY = 2.0
"""Seconds between two looks."""


async def show(options: argparse.Namespace, namespaces: bool) -> None:
    """Start it and show it, until it is cancelled."""
    with network(namespaces=namespaces) as made, outside(made.front.address) as out:
        print("Starting three machines (about 20 seconds).", flush=True)
        async with cluster(made, out.settings) as whole:
            await make_campaigns(whole.url, whole.database, out.hook)
            _say(whole)
            load = Load(whole.url, Ledger())
            try:
                await asyncio.gather(load.come(options.visitors), _watch(whole, load.ledger))
            finally:
                print("\nEnding it all.", flush=True)
                await load.gone(0)


def _say(whole: Cluster) -> None:
    patroni = whole.hosts[0].patroni.file
    print(f"Visitors come to {whole.url}, for example {whole.url}/bike1")
    print(f"The primary: {whole.database}")
    print(f"Patroni: {programs.patroni('patronictl')} -c {patroni} list (or switchover --force)")
    print("Kill what you like (kill -9, kill -STOP and -CONT). Ctrl-C ends it all.\n", flush=True)


async def _watch(whole: Cluster, ledger: Ledger) -> None:
    screen, checked, lost, twice = Screen(), 0, 0, 0
    before, at = 0, time.monotonic()
    while True:
        await asyncio.sleep(_EVERY)
        members, ready = await asyncio.gather(whole.members(), whole.ready())
        acknowledged, now = len(ledger.acknowledged), time.monotonic()
        with contextlib.suppress(*_AWAY):
            new = ledger.acknowledged[checked:acknowledged]
            found = await books.look(whole.database, ledger, new)
            checked, lost, twice = acknowledged, lost + found.lost, twice + found.twice
        waiting = len(ledger.pushed) - acknowledged
        rate = (acknowledged - before) / (now - at)
        seen = Seen(members, ready, rate, acknowledged, waiting, lost, twice)
        screen.show(table(whole, seen))
        before, at = acknowledged, now


def main() -> int:
    """Run as told; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=float, default=3.0, help="who come each second")
    parser.add_argument("--loopback", action="store_true", help="do without network namespaces")
    options = parser.parse_args()
    try:
        ensure()
        return ended_in_order(show(options, not options.loopback and namespaces_allowed()))
    except (Missing, NotWhole) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
