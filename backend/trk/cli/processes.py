"""A server of one process, and one of several: those that serve, and for SQLite one that stores."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from functools import partial

from trk.app import create_app
from trk.cli.child import Child
from trk.cli.control import Control
from trk.cli.folder import BACKLOG, Folder
from trk.cli.parent import Parent
from trk.cli.server import ServerProcess
from trk.cli.signals import Signals
from trk.cli.worker import Worker
from trk.services.downloads import Downloads
from trk.services.place import Place
from trk.services.wakes import Wakes
from trk.settings import Settings
from trk.store.sqlite_path import path_of
from trk.store.store_process import StoreProcess

_LAST = 67.0
"""Seconds more than TRK_DRAIN and TRK_STOP_TIMEOUT after which a process is killed that has not
ended by itself: it may be handing over a mail for a minute (see cli/server.py)."""
_FATAL = 3
"""The exit status of a server that could no longer store anything."""


def serve_alone(settings: Settings, listening: socket.socket) -> int:
    """Serve in this process until stopped; its exit status."""
    return _serve(
        lambda on_fatal: ServerProcess(create_app(settings, on_fatal), settings), listening
    )


def serve_together(settings: Settings, listening: socket.socket) -> int:
    """Serve in several processes until stopped; their exit status. NoFolder if there is no place
    for their sockets."""
    listening.listen(BACKLOG)
    has_store = settings.database.startswith("sqlite:")
    with Signals() as signals, Folder(has_store=has_store) as folder:
        wakes, downloads = Wakes(), Downloads()

        def work(number: int, control: Control) -> int:
            folder.leave()
            place = Place(number, settings.workers, folder.path, wakes, downloads, has_store)
            return _serve(
                lambda on_fatal: Worker(
                    create_app(settings, on_fatal, place=place), settings, control
                ),
                listening,
            )

        def keep(control: Control) -> int:
            listening.close()
            assert folder.door is not None
            StoreProcess(
                path_of(settings.database), folder.door, control.connection, control.ready
            ).run()
            return 0

        def look() -> None:
            if folder.renewed() and store is not None:
                store.kill()  # it listens where nobody finds it any more

        workers = [
            Child(f"worker {number}", partial(work, number)) for number in range(settings.workers)
        ]
        store = Child("store process", keep) if has_store else None
        parent = Parent(
            workers,
            store,
            signals,
            longest=settings.drain + settings.stop_timeout + _LAST,
            look=look,
            # From then on connections are refused, once the processes refuse them too.
            stop=listening.close,
        )
        # What is loaded by now is the same for all: collecting garbage there would copy it.
        gc.collect()
        gc.freeze()
        return parent.run()


def _serve(make: Callable[[Callable[[], None]], ServerProcess], listening: socket.socket) -> int:
    """Serve with what is made; it is given what to call when it can store nothing any more."""
    failed = []

    def on_fatal() -> None:
        failed.append(True)
        server.should_exit = True

    server = make(on_fatal)
    # Not uvicorn's own `fd`: it takes any descriptor for a Unix socket, leaves Nagle's algorithm
    # on, which delays each response by 40 ms, and keeps the port open while draining.
    server.serve_on(listening)
    return _FATAL if failed else 0
