"""Prints what a draw costs: `python -m tests.bench.draw [ENTRANTS [WINNERS]]`."""

from __future__ import annotations

import os
import random
import sys
import time
import tracemalloc
from collections.abc import Iterator
from itertools import islice

from tests.bench.servers import resident
from trk.core.draw import Tickets


def main() -> None:
    """Draw from a list that is made on the way, as it would be read from a file or a database."""
    entrants = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    winners = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    started = time.perf_counter()
    tickets = Tickets(_entries(entrants))
    read = time.perf_counter()
    drawn = list(islice(tickets.order("a published seed"), winners))
    done = time.perf_counter()
    print(f"{len(tickets):,} entrants, {tickets.total:,} entries: {read - started:.2f} s to read")
    print(f"{len(drawn):,} winners: {done - read:.2f} s to draw")
    print(f"memory of the whole process: {resident(os.getpid()):.0f} MiB")
    tracemalloc.start()
    again = Tickets(_entries(entrants))
    next(again.order("a published seed"))
    peak = tracemalloc.get_traced_memory()[1]
    print(
        f"of which the draw at its peak: {peak / 2**20:.0f} MiB, {peak / entrants:.0f} bytes each"
    )


def _entries(entrants: int) -> Iterator[tuple[int, int]]:
    minds = random.Random(1)
    return ((n, minds.randint(1, 20)) for n in range(1, entrants + 1))


if __name__ == "__main__":
    main()
