"""`make cluster-proof`: does something to a cluster at random while visitors come, and then looks
whether anything is lost or there twice. The exit status is 1 if so, or if it went on too late.

Every visitor's browser keeps what it pushed until it is acknowledged, as trk.js does.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import books
from tests.cluster.browser import Ledger
from tests.cluster.cluster import Cluster, NotWhole, cluster
from tests.cluster.faults import FAULTS, Fault, Wrong
from tests.cluster.load import Load, make_campaigns
from tests.cluster.network import namespaces_allowed, network
from tests.cluster.outside import outside
from tests.cluster.programs import Missing, ensure
from tests.cluster.running import ended_in_order

LIMIT = 15.0
"""Seconds within which it has to go on."""
_LOGS = Path("artifacts") / "cluster"
_DRAIN = 300.0
"""Seconds that browsers get in the end to deliver what they still have."""


@dataclass(frozen=True, slots=True)
class Made:
    """A fault that was made: `silence` is the longest time in which no beacon was acknowledged,
    `whole` when all was there again, in seconds from its beginning; `wrong` what went wrong."""

    fault: Fault
    where: str
    silence: float
    whole: float
    wrong: str = ""


async def prove(options: argparse.Namespace, namespaces: bool) -> bool:
    """Run, and print the table; was every promise kept?"""
    choose, ledger = random.Random(options.seed), Ledger()
    faults = [
        fault
        for fault in FAULTS
        if (namespaces or not fault.namespaces) and options.only in fault.name
    ]
    with network(namespaces=namespaces) as made, outside(made.front.address) as out:
        async with cluster(made, out.settings) as whole:
            await make_campaigns(whole.url, whole.database, out.hook)
            load = Load(whole.url, ledger)
            coming = asyncio.create_task(load.come(options.visitors))
            _head()
            await asyncio.sleep(5)
            seen = []
            for number, fault in enumerate(_chosen(faults, options.faults, choose), 1):
                seen.append(await _made(fault, whole, ledger, choose))
                _say(number, seen[-1])
                if seen[-1].wrong:
                    break
                await asyncio.sleep(choose.uniform(1, 4))
            coming.cancel()
            left = await load.gone(_DRAIN)
            cut = sum(made.fault.cuts for made in seen)
            lines = await books.balance(whole.database, ledger, out, cut)
            kept = _sum_up(seen, lines, load, left)
            if not kept:
                whole.keep_logs(_LOGS)
                print(f"What all have printed is in {_LOGS}.")
            return kept


def _chosen(faults: list[Fault], number: int, choose: random.Random) -> Iterator[Fault]:
    """So many faults at random, each about as often as any other."""
    left: list[Fault] = []
    for _ in range(number):
        left = left or choose.sample(faults, len(faults))
        yield left.pop()


async def _made(fault: Fault, whole: Cluster, ledger: Ledger, choose: random.Random) -> Made:
    began, where, wrong = time.monotonic(), "", ""
    try:
        where = await fault.make(whole, choose)
        await whole.whole()
    except (Wrong, NotWhole) as error:
        wrong = str(error)
    ended = time.monotonic()
    return Made(fault, where, ledger.silence(began, ended), ended - began, wrong)


def _head() -> None:
    print(f"{'':>3} {'what happened':<38}{'where':<26}{'no answer for':>14}{'whole after':>13}")


def _say(number: int, made: Made) -> None:
    late = "" if made.silence <= LIMIT else "  TOO LATE"
    print(
        f"{number:>3} {made.fault.name:<38}{made.where:<26}{made.silence:>12.1f} s"
        f"{made.whole:>11.1f} s{late}",
        flush=True,
    )
    if made.wrong:
        print(f"    WRONG: {made.wrong}", flush=True)


def _sum_up(seen: list[Made], lines: list[books.Line], load: Load, left: int) -> bool:
    """Print what became of everything; was every promise kept?"""
    ledger = load.ledger
    print(f"\n{'':<38}{'number':>9}{'lost':>7}{'twice':>7}")
    for line in lines:
        wrong = "" if line.kept else "  WRONG"
        print(f"{line.what:<38}{line.number:>9,}{line.lost:>7}{line.twice:>7}{wrong}")
    unanswered = sum(not pushed.acknowledged for pushed in ledger.pushed.values())
    told = [f"{n:,} times {status or 'none'}" for status, n in ledger.told.most_common()]
    print(f"\nAnswers to beacons: {', '.join(told)}.")
    worst = max((made.silence for made in seen), default=0.0)
    print(f"The longest time without an acknowledged beacon: {worst:.1f} s.")
    broken = [
        *(f"{made.fault.name}: {made.wrong.splitlines()[0]}" for made in seen if made.wrong),
        *(f"{m.fault.name}: went on after {m.silence:.1f} s" for m in seen if m.silence > LIMIT),
        *(f"{line.what}: {line.lost} lost, {line.twice} twice" for line in lines if not line.kept),
        *(f"a browser threw a beacon away: {answer}" for answer in ledger.refused[:5]),
        *(f"a visit failed: {error!r}" for error in load.failed[:5]),
    ]
    if unanswered or left:
        broken.append(f"{unanswered} beacons of {left} visitors were never acknowledged")
    print("\n".join(["WRONG:", *broken]) if broken else "Every promise was kept.")
    return not broken


def main() -> int:
    """Run as told; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=30, help="how many")
    parser.add_argument("--seed", type=int, default=19, help="of what is done, and in which order")
    parser.add_argument("--visitors", type=float, default=3.0, help="who come each second")
    parser.add_argument("--only", default="", help="those with this in their names")
    parser.add_argument("--loopback", action="store_true", help="do without network namespaces")
    options = parser.parse_args()
    try:
        ensure()
        namespaces = not options.loopback and namespaces_allowed()
        if not namespaces:
            print("Without network namespaces: no machine is cut off the network.")
        return ended_in_order(prove(options, namespaces))
    except (Missing, NotWhole) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
