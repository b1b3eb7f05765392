"""Prints how long each deed holds SQLite's one writer, and another campaign's beacons with it.

`python -m tests.bench.held [--rows 1000000] [--first TITLE]`: an owner, the API and the jobs do
what they can do to a campaign of so many rows, one deed after the other, in this process. The time
of a transaction is that of the processor, from its beginning to its commit, so that it says
something on a busy machine, too. The commands of `trk` do the same by the same services; some of
them are run beside it, each a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import inspect
import itertools
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from starlette.applications import Starlette

from tests.bench import held_crowd
from tests.bench.crowd import KEY, OTHER, SESSION, fill, say
from tests.bench.held_deeds import DEEDS, Doing
from tests.bench.prepared import beacon
from trk.app import create_app
from trk.services.tokens import make_token
from trk.settings import Settings
from trk.store.program import Program
from trk.store.sqlite import SQLiteWriter
from trk.web.http.cookies import owner_cookie
from trk.web.server import server_of

_URL = "http://track.test"


class Held(NamedTuple):
    """A transaction: its program, and how long it had the writer (ms), by the processor's time and
    by the clock."""

    program: str
    own: float
    passed: float


def main() -> None:
    """Fill, do, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--first", default="", help="the title of the deed to begin with")
    parser.add_argument("--file", type=Path, help="where the filled database is kept for next time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "held.db")
        url = f"sqlite:///{path}"
        if options.file is None or not options.file.exists():
            asyncio.run(fill(url, options.rows))
            asyncio.run(held_crowd.add(url, options.rows))
            if options.file is not None:
                shutil.copy(path, options.file)
        else:
            shutil.copy(options.file, path)
        asyncio.run(_measure(url, options.rows, options.first))


async def _measure(url: str, rows: int, first: str) -> None:
    held = _recorded()
    # No job runs by itself: each is one of the deeds.
    settings = Settings(database=url, public_url=_URL, retention_days=8)
    app = create_app(settings, lambda: None)
    print(
        "| deed | s | transactions | longest, ms | by the clock | its program | a beacon waited |"
    )
    print("| --- | ---: | ---: | ---: | ---: | --- | ---: |")
    async with _started(app) as doing, _beacons(app) as waited:
        for title in itertools.dropwhile(lambda each: first not in ("", each), DEEDS):
            deed = DEEDS[title]
            say(title)
            held.clear()
            waited.clear()
            began = time.perf_counter()
            try:
                await deed(doing._replace(rows=rows))
            except AssertionError as failure:
                print(f"| {title}: {failure} |")
            took = time.perf_counter() - began
            theirs = [each for each in held if each.program not in ("store",)]
            longest = max(theirs, key=lambda each: each.own, default=Held("", 0, 0))
            print(
                f"| {title} | {took:.1f} | {len(theirs):,} | {longest.own:.0f} "
                f"| {longest.passed:.0f} | {longest.program} | {max(waited, default=0):.0f} |",
                flush=True,
            )


def _recorded() -> list[Held]:
    """What has had the writer since."""
    held: list[Held] = []
    transact = SQLiteWriter.transact

    def timed(self: SQLiteWriter, program: Program[Any]) -> Any:
        own, clock = time.thread_time(), time.perf_counter()
        try:
            return transact(self, program)
        finally:
            passed = (time.perf_counter() - clock) * 1000
            held.append(Held(_name(program), (time.thread_time() - own) * 1000, passed))

    SQLiteWriter.transact = timed  # type: ignore[method-assign]
    return held


def _name(program: Any) -> str:
    """The name of the program that others are wrapped around."""
    while inspect.isfunction(program) or isinstance(program, partial):
        if isinstance(program, partial):
            program = program.func
            continue
        inner = inspect.getclosurevars(program).nonlocals.get("program")
        if inner is None:
            break
        program = inner
    found: str = program.__qualname__
    return found.removesuffix(".<locals>.<lambda>")


@asynccontextmanager
async def _started(app: Starlette) -> AsyncIterator[Doing]:
    database = server_of(app).database
    await database.open()
    writing = asyncio.create_task(server_of(app).writer.run())
    server_of(app).writer_task = writing
    token = (await database.write(make_token, "bench")).token
    transport = httpx.ASGITransport(app=app)
    try:
        gc.collect()  # as the server does when it starts
        gc.freeze()
        async with (
            httpx.AsyncClient(
                transport=transport,
                base_url=f"{_URL}/api/v1",
                headers={"authorization": f"Bearer {token}"},
                timeout=3600,
            ) as api,
            httpx.AsyncClient(
                transport=transport,
                base_url=f"{_URL}/admin/campaigns/{KEY}",
                cookies={owner_cookie(Settings(public_url=_URL))[0]: SESSION},
                headers={"sec-fetch-site": "same-origin", "accept": "text/html"},
                timeout=3600,
            ) as pages,
        ):
            yield Doing(database, api, pages, 0, server_of(app).settings.database)
    finally:
        server_of(app).writer.close()
        await writing
        await database.close()


@asynccontextmanager
async def _beacons(app: Starlette) -> AsyncIterator[list[float]]:
    """Sends another campaign's beacons; how long each waited for its answer (ms)."""
    waited: list[float] = []

    async def send() -> None:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=_URL, timeout=3600
        ) as client:
            while True:
                body = beacon("Visit")
                began = time.perf_counter()
                answer = await client.post(f"/{OTHER}/beacon", json=body)
                waited.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 200, answer.text
                await asyncio.sleep(0.01)

    task = asyncio.create_task(send())
    try:
        yield waited
    finally:
        task.cancel()


if __name__ == "__main__":
    main()
