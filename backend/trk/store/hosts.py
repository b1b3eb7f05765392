"""One of several PostgreSQL servers: the first that is there, and is what the address asks for."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import asyncpg

from trk.store.passfile import password

_PATIENCE = 1.0
"""Seconds in which a host may still come before those behind it in the address."""
_Connecting = asyncio.Task[Any]


async def connect(dsn: str, **options: Any) -> Any:
    """`asyncpg.connect`, but to all hosts of the address at once: there, one that hangs takes all
    the time that the others should have.

    Raises what a server has said, or else what the last one has failed with.
    """
    hosts = each_host(dsn)
    if len(hosts) == 1:
        return await _connect(dsn, **options)
    tasks = [asyncio.create_task(_connect(host, **options)) for host in hosts]
    chosen: _Connecting | None = None
    try:
        chosen = await _first_of(tasks)
    finally:
        for task in tasks:
            if task is not chosen:
                task.cancel()
                task.add_done_callback(_terminate)
    return await (chosen or _telling(tasks))


async def _connect(dsn: str, **options: Any) -> Any:
    """To the one host of an address. What fails names it."""
    address, _, query = dsn.partition("?")
    given = dict(parse_qsl(query))
    host = given.get("host", "this machine")
    options["password"] = password(given)
    given.pop("passfile", None)
    try:
        return await asyncpg.connect(f"{address}?{urlencode(given)}", **options)
    except TimeoutError as error:
        raise TimeoutError(f"{host} did not answer in time") from error
    except OSError as error:
        if isinstance(error, ssl.SSLError) or "Connect call failed" in str(error):
            raise
        raise OSError(f"{host}: {error}") from error


async def _first_of(tasks: Sequence[_Connecting]) -> _Connecting | None:
    """The first in their order that is connected, or None if all have failed."""
    clock = asyncio.get_running_loop().time
    until = clock() + _PATIENCE
    while True:
        left = until - clock()
        for task in tasks:
            if task.done() and task.exception() is None:
                return task
            if not task.done() and left > 0:
                break
        pending = [task for task in tasks if not task.done()]
        if not pending:
            return None
        await asyncio.wait(
            pending, timeout=left if left > 0 else None, return_when=asyncio.FIRST_COMPLETED
        )


def _telling(failed: Sequence[_Connecting]) -> _Connecting:
    said = (task for task in failed if isinstance(task.exception(), asyncpg.PostgresError))
    return next(said, failed[-1])


def _terminate(task: _Connecting) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().terminate()


def each_host(dsn: str) -> list[str]:
    """The address (see dsn.connecting) once for each host that it names."""
    address, _, query = dsn.partition("?")
    given = dict(parse_qsl(query))
    hosts = given.get("host", "").split(",")
    if len(hosts) == 1:
        return [dsn]
    return [
        f"{address}?{urlencode({**given, 'host': host, 'port': port})}"
        for host, port in zip(hosts, given["port"].split(","), strict=True)
    ]
