"""Prints how long beacons wait while the list of a large campaign is frozen and its pages are used.

`python -m tests.bench.frozen [--entrants 1000000] [--workers N] [--postgresql]`. Another campaign's
beacons come one after the other on several connections; meanwhile an owner reads one page after
the other, and presses *Draw*.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.bench.crowd import KEY, OTHER, SESSION, fill, say
from tests.bench.prepared import beacon
from tests.postgres import private_server
from trk.core.drafts import PrizeDraft
from trk.settings import Settings
from trk.store import campaigns, prizes
from trk.store.database import Database
from trk.web.http.cookies import owner_cookie
from trk_sdk.testkit.process import Server

_SENDERS = 4
_ALONE = 10.0
"""Seconds for which beacons and pages are measured before the draw."""
_OWNER = f"/admin/campaigns/{KEY}"
_PAGES = (_OWNER, f"{_OWNER}/log", f"{_OWNER}/entries", f"{_OWNER}/entrants?order=email")
_SAME = {"sec-fetch-site": "same-origin", "accept": "text/html"}


def main() -> None:
    """Fill, end the campaign, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entrants", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, private_server(durable=True) as postgres:
        url = postgres.create("frozen") if options.postgresql else f"sqlite:///{name}/frozen.db"
        asyncio.run(fill(url, options.entrants))
        asyncio.run(_add_prize(url))
        server = Server([sys.executable, "-m", "trk", "serve"], Path(name, "log"))
        server.start(
            {
                **os.environ,
                "TRK_DATABASE": url,
                "TRK_PUBLIC_URL": server.url,
                "TRK_WORKERS": str(options.workers),
            }
        )
        try:
            _measure(server)
        finally:
            server.close()


async def _add_prize(url: str) -> None:
    database = Database(url, readers=1)
    await database.open()
    campaign = await database.read(campaigns.by_key, KEY)
    assert campaign is not None
    await database.write(prizes.add, campaign, PrizeDraft("A bike", winners=1_000))
    await database.close()


def _measure(server: Server) -> None:
    with _owner(server) as owner, _beacons(server) as waited, _reading(server) as pages:
        say("beacons and pages alone")
        time.sleep(_ALONE)
        alone, looked = list(waited), list(pages)
        began = time.perf_counter()
        say("the list is fixed, and frozen")
        assert owner.post(f"{_OWNER}/close").status_code == 303
        # The job fixes the list at the end of the campaign, unless the draw does before.
        answer = owner.post(f"{_OWNER}/draw", data={"sure": "on"})
        took = time.perf_counter() - began
        assert answer.status_code == 303, answer.text
        meanwhile, read = waited[len(alone) :], pages[len(looked) :]
    say("")
    print("| ms | p50 | p99 | longest | how many |\n| --- | ---: | ---: | ---: | ---: |")
    for title, times in (
        ("a beacon, while pages are used", alone),
        (f"a beacon, during the draw ({took:.1f} s)", meanwhile),
        ("a page", looked),
        ("a page, during the draw", read),
    ):
        times.sort()
        shown = [times[len(times) // 2], times[len(times) * 99 // 100], times[-1]]
        print(f"| {title} | {' | '.join(f'{each:.0f}' for each in shown)} | {len(times):,} |")


def _owner(server: Server) -> httpx.Client:
    cookies = {owner_cookie(Settings())[0]: SESSION}
    return httpx.Client(
        base_url=server.url, cookies=cookies, headers=_SAME, trust_env=False, timeout=3600
    )


@contextmanager
def _reading(server: Server) -> Iterator[list[float]]:
    """Reads the owner's pages one after the other; how long each took (ms)."""
    took: list[float] = []
    stop = threading.Event()

    def read() -> None:
        with _owner(server) as owner:
            for page in itertools.cycle(_PAGES):
                if stop.wait(0.05):
                    return
                began = time.perf_counter()
                assert owner.get(page).status_code == 200, page
                took.append((time.perf_counter() - began) * 1000)

    with _threads([read], stop):
        yield took


@contextmanager
def _beacons(server: Server) -> Iterator[list[float]]:
    """Sends another campaign's beacons; how long each waited for its answer (ms)."""
    waited: list[float] = []
    stop = threading.Event()

    def send() -> None:
        with httpx.Client(base_url=server.url, trust_env=False, timeout=3600) as client:
            while not stop.wait(0.005):
                body = beacon("Visit")
                began = time.perf_counter()
                answer = client.post(f"/{OTHER}/beacon", json=body)
                waited.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 200, answer.text

    with _threads([send] * _SENDERS, stop):
        yield waited


@contextmanager
def _threads(works: list[object], stop: threading.Event) -> Iterator[None]:
    threads = [threading.Thread(target=work) for work in works]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
