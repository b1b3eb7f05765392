"""A server of one process, and one of several: those that serve, and for SQLite one that stores."""

from __future__ import annotations

import gc
import socket
import tempfile
from pathlib import Path

from trk.app import create_app
from trk.cli.control import Control
from trk.cli.front import Front
from trk.cli.server import ServerProcess
from trk.cli.workers import Worker, Workers
from trk.services.downloads import Downloads
from trk.services.place import Place
from trk.services.wakes import Wakes
from trk.settings import Settings
from trk.store.store_process import StoreProcess

_BACKLOG = 2048
"""How many connections may wait to be accepted."""
_FATAL = 3
"""The exit status of a server that could no longer store anything."""


def serve_alone(settings: Settings, listening: socket.socket) -> int:
    """Serve in this process until stopped; its exit status."""
    failed = []

    def on_fatal() -> None:
        failed.append(True)
        server.should_exit = True

    server = ServerProcess(create_app(settings, on_fatal), settings)
    # Not uvicorn's own `fd`: it takes any descriptor for a Unix socket, leaves Nagle's algorithm
    # on, which delays each response by 40 ms, and keeps the port open while draining.
    server.serve_on(listening)
    return _FATAL if failed else 0


def serve_together(settings: Settings, listening: socket.socket) -> int:
    """Serve in several processes until stopped; their exit status."""
    listening.listen(_BACKLOG)
    with tempfile.TemporaryDirectory(prefix="trk-") as made:
        folder, wakes, downloads = Path(made), Wakes(), Downloads()
        path = settings.database.removeprefix("sqlite:///")
        has_store = path != settings.database

        def front(number: int, control: Control) -> int:
            failed = []

            def on_fatal() -> None:
                failed.append(True)
                server.should_exit = True

            place = Place(number, settings.workers, folder, wakes, downloads, has_store)
            server = Front(create_app(settings, on_fatal, place=place), settings, control)
            server.serve_on(listening)
            return _FATAL if failed else 0

        fronts = [
            Worker(f"worker {n}", lambda control, n=n: front(n, control))  # type: ignore[misc]
            for n in range(settings.workers)
        ]
        store = None
        if has_store:
            door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            door.bind(str(folder / "store"))
            door.listen(_BACKLOG)

            def keep(control: Control) -> int:
                listening.close()
                StoreProcess(path, door, control.connection, control.ready).run()
                return 0

            store = Worker("store process", keep)
        # What is loaded by now is the same for all: collecting garbage there would copy it.
        gc.collect()
        gc.freeze()
        # From then on connections are refused, once the processes refuse them too.
        return Workers(fronts, store, listening.close).run()
