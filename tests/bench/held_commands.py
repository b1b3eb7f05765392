"""Commands of `trk` beside the running server: processes of their own, which take turns with it.
How long they hold it up is how long a beacon waited."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from tests.bench.crowd import KEY


class _At(Protocol):
    @property
    def url(self) -> str: ...


def _command(*words: str) -> Callable[[_At], Awaitable[Any]]:
    async def deed(doing: _At) -> None:
        here = doing.url.removeprefix("sqlite:///")
        given = [word.format(beside=Path(here).with_suffix(".copy")) for word in words]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "trk", "--database", doing.url, *given),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        assert process.returncode == 0, (words, said.decode())

    return deed


DEEDS = {
    "trk action add": _command("action", "add", KEY, "Late", "Late"),
    "trk webhook add": _command("webhook", "add", KEY, "https://shop.example/other"),
    "trk entrant browsers": _command(
        *("entrant", "browsers", "21@example.org", "--campaign", KEY, "--reason", "The bench.")
    ),
    "trk entrant export": _command("entrant", "export", "21@example.org"),
    "trk entrant erase": _command("entrant", "erase", "--yes", "21@example.org"),
    "trk backup": _command("backup", "{beside}"),
}
