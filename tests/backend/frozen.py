"""A database behind a network that freezes: nothing comes, nothing is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SOCKET = ".s.PGSQL.5432"


class Link:
    """The way to the database; while `frozen`, what is sent stays under way."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._free = asyncio.Event()
        self._free.set()

    def freeze(self) -> None:
        """From now on nothing arrives, in either direction."""
        self._free.clear()

    def thaw(self) -> None:
        """All that is under way arrives."""
        self._free.set()

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Pass on what comes until one side closes."""
        try:
            while data := await source.read(65536):
                await self._free.wait()
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()


@asynccontextmanager
async def link_to(url: str, folder: Path) -> AsyncIterator[Link]:
    """A way to the PostgreSQL database at `url` that can be frozen; `folder` has a short path."""
    parts = urlsplit(url)
    [directory] = parse_qs(parts.query)["host"]
    link = Link(f"postgresql://trk@{parts.path}?host={folder}")
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_unix_connection(f"{directory}/{SOCKET}")
        for task in (link.carry(reader, forth), link.carry(back, writer)):
            tasks.add(asyncio.create_task(task))

    server = await asyncio.start_unix_server(connected, folder / SOCKET)
    try:
        yield link
    finally:
        link.thaw()
        server.close()
        await asyncio.gather(*tasks)
