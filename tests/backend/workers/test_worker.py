"""A process that serves beside others on one socket."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from trk.app import create_app
from trk.cli.control import Control
from trk.cli.worker import Worker
from trk.settings import Settings


async def test_who_is_being_accepted_as_it_stops_is_let_go_like_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, accepting, go_on = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    attach = loop.connect_accepted_socket

    async def slowly(*args: Any) -> Any:
        accepting.set()
        await go_on.wait()
        return await attach(*args)

    monkeypatch.setattr(loop, "connect_accepted_socket", slowly)
    parent, child = socket.socketpair()
    with parent, child, socket.create_server(("127.0.0.1", 0)) as listening:
        settings = Settings(database=f"sqlite:///{tmp_path}/trk.db", stop_timeout=600)
        worker = Worker(create_app(settings), settings, Control(child))
        serving = asyncio.create_task(worker.serve([listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        async with asyncio.timeout(10):
            await accepting.wait()
            worker.stop()
            while worker.servers[0].is_serving():
                await asyncio.wait([serving], timeout=0.01)
            go_on.set()
            # It has asked for nothing: without hearing of the end it would keep its connection.
            assert await reader.read() == b""
            await serving
        writer.close()
