"""Prints what owners wait for on a server with a large campaign, against one with a small one.

`python -m tests.bench.large [--rows 10000000] [--small 1000] [--postgresql]`. The campaign has so
many trackings, completions, entrants, claims and codes, written by the database itself. Pages are
asked of a running server, by HTTP; while the slow work runs, another campaign's beacons come one
after the other, and the longest that one waits is shown. It needs some 1,000 bytes of disk for each
of `--rows`, and a quarter of an hour.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.bench.crowd import OTHER, SESSION, fill
from tests.bench.large_pages import OWNER, PAGES, page
from tests.bench.servers import resident
from tests.postgres import private_server
from trk.clock import now_ms
from trk.settings import Settings
from trk.store.database import Database
from trk.store.program import Row, select
from trk.web.http.cookies import owner_cookie
from trk_sdk.testkit.process import Server


class Took(NamedTuple):
    """Seconds that something took, the longest wait of a beacon meanwhile (ms), and words."""

    seconds: float
    waited: float
    said: str = ""


class Looked(NamedTuple):
    """What was measured on one database: milliseconds by page, and the rest by what was done."""

    pages: dict[str, float]
    work: dict[str, Took]


def main() -> None:
    """Fill, look, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as name, private_server(durable=True) as postgres:
        folder = Path(name)
        for rows in (options.small, options.rows):
            url = f"sqlite:///{folder}/{rows}.db"
            if options.postgresql:
                url = postgres.create(f"large{rows}")
            asyncio.run(fill(url, rows))
            found.append(_measure(url, folder, rows))
    _print(options.small, options.rows, *found)


def _measure(url: str, folder: Path, rows: int) -> Looked:
    log = folder / f"{rows}.log"
    server = Server([sys.executable, "-m", "trk", "serve"], log)
    environment = {
        **os.environ,
        "TRK_DATABASE": url,
        "TRK_PUBLIC_URL": server.url,
        "TRK_RETENTION_DAYS": "0",
    }
    server.start(environment)
    cookies = {owner_cookie(Settings())[0]: SESSION}
    try:
        with httpx.Client(
            base_url=server.url,
            cookies=cookies,
            headers={"sec-fetch-site": "same-origin", "accept": "text/html"},
            trust_env=False,
            timeout=3600,
        ) as client:
            half = str(rows // 2)
            pages = {
                title: page(client, path.replace("HALF", half)) for title, path in PAGES.items()
            }
            work = {
                "nothing else (beacons alone)": _timed(server, lambda: time.sleep(5)),
                "entries as CSV": _timed(server, lambda: _export(client, server, rows)),
                "trk doctor": _timed(server, lambda: _command(environment, "doctor")),
            }
            if url.startswith("sqlite"):
                copy = str(folder / "copy.db")
                work["trk backup"] = _timed(server, lambda: _command(environment, "backup", copy))
                Path(copy).unlink()
            client.post(f"{OWNER}/close")
            server.stop()
            said = len(server.log())
            server.start({**environment, "TRK_RETENTION_DAYS": "30"})
            work["trackings too old are erased"] = _timed(server, lambda: _retention(server, said))
            for title, path, table in (
                ("action is deleted", f"{OWNER}/actions/1/delete", "actions"),
                ("campaign is deleted", f"{OWNER}/delete", "campaigns"),
            ):
                work[title] = _timed(server, partial(_delete, client, url, path, table))
    finally:
        server.close()
    return Looked(pages, work)


def _timed(server: Server, work: Callable[[], str | None]) -> Took:
    with _beacons(server.port) as waited:
        began = time.perf_counter()
        said = work() or ""
        seconds = time.perf_counter() - began
    return Took(seconds, max(waited), said)


@contextmanager
def _beacons(port: int) -> Iterator[list[float]]:
    """Sends beacons of another campaign one after the other; how long each waited (ms)."""
    waited: list[float] = []
    refused: list[str] = []
    stop = threading.Event()

    def send() -> None:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=3600
        ) as client:
            while True:  # at least one: with few rows the work may be over by now
                stamp, tail = f"{now_ms():012x}", f"{len(waited):012x}"
                body = {
                    "id": f"{stamp[:8]}-{stamp[8:]}-7000-8000-{tail}",
                    "visitor": f"{len(waited) // 100:032x}",  # one alone may not push so often
                    "pairs": [["Visit"]],
                }
                began = time.perf_counter()
                answer = client.post(
                    f"/{OTHER}/beacon",
                    content=json.dumps(body),
                    headers={"content-type": "text/plain"},
                )
                waited.append((time.perf_counter() - began) * 1000)
                if answer.status_code != 200:
                    refused.append(answer.text)
                    return
                if stop.wait(0.005):
                    return

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield waited
    finally:
        stop.set()
        thread.join()
    if refused:
        raise RuntimeError(f"a beacon was not stored: {refused[0]}")


def _export(client: httpx.Client, server: Server, rows: int) -> str:
    before = most = resident(server.pid)
    lines, began, looked = 0, time.perf_counter(), 0.0
    with client.stream("GET", f"{OWNER}/entries.csv") as answer:
        for part in answer.iter_bytes():
            lines += part.count(b"\n")
            if time.perf_counter() - looked > 0.5:
                looked = time.perf_counter()
                most = max(most, resident(server.pid))
    assert lines == rows + 1, lines
    rate = rows / (time.perf_counter() - began)
    return f"{rate:,.0f} rows/s, {most - before:.0f} MiB more memory at its peak"


def _command(environment: dict[str, str], *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trk", *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert command[0] == "doctor" or done.returncode == 0, done.stdout + done.stderr


def _retention(server: Server, said: int) -> str:
    """Wait for the sweep with which the server has begun, after so much was said in its log."""
    began = time.perf_counter()
    while True:
        found = re.search(r"erased (\d+) rows that were too old", server.log()[said:])
        if found is not None:
            count = int(found[1])
            return f"{count:,} rows, {count / (time.perf_counter() - began):,.0f} rows/s"
        time.sleep(0.1)


def _delete(client: httpx.Client, url: str, path: str, table: str) -> str:
    """Delete something, and wait until nothing of it is left: one row is the other campaign's."""
    began = time.perf_counter()
    answer = client.post(path)
    assert answer.status_code == 303, answer.text
    answered = time.perf_counter() - began

    while len(asyncio.run(_rows(url, table))) > 1:
        time.sleep(0.1)
    return f"answered after {answered:.1f} s; the rest in the background"


async def _rows(url: str, table: str) -> list[Row]:
    database = Database(url, readers=1)
    await database.open()
    try:
        return await database.read(select, f"SELECT id FROM {table}")
    finally:
        await database.close()


def _print(small: int, large: int, few: Looked, many: Looked) -> None:
    print(f"| a page, ms | {small:,} | {large:,} | ratio |\n| --- | ---: | ---: | ---: |")
    for title, took in many.pages.items():
        ratio = took / few.pages[title]
        print(f"| {title} | {few.pages[title]:.1f} | {took:.1f} | {ratio:.1f} |")
    print(
        f"\n| work | {small:,}: s | longest wait of a beacon, ms | {large:,}: s | longest wait, ms "
        "| |\n| --- | ---: | ---: | ---: | ---: | --- |"
    )
    for title, done in many.work.items():
        before = few.work[title]
        print(
            f"| {title} | {before.seconds:.1f} | {before.waited:.0f} | {done.seconds:.1f} "
            f"| {done.waited:.0f} | {done.said} |"
        )


if __name__ == "__main__":
    main()
