"""A server of one process, and one of several: those that serve, and for SQLite one that stores."""

from __future__ import annotations

import gc
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

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
    return _serve(
        lambda on_fatal: ServerProcess(create_app(settings, on_fatal), settings), listening
    )


def serve_together(settings: Settings, listening: socket.socket) -> int:
    """Serve in several processes until stopped; their exit status. ClickException if there is no
    place for their sockets."""
    listening.listen(_BACKLOG)
    path = settings.database.removeprefix("sqlite:///")
    with _folder() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        wakes, downloads = Wakes(), Downloads()
        has_store = path != settings.database

        def front(number: int, control: Control) -> int:
            place = Place(number, settings.workers, folder, wakes, downloads, has_store)
            return _serve(
                lambda on_fatal: Front(
                    create_app(settings, on_fatal, place=place), settings, control
                ),
                listening,
            )

        def keep(control: Control) -> int:
            listening.close()
            StoreProcess(path, door, control.connection, control.ready).run()
            return 0

        fronts = [
            Worker(f"worker {number}", partial(front, number)) for number in range(settings.workers)
        ]
        store = Worker("store process", keep) if has_store else None
        if has_store:
            _listen(door, folder)
        # What is loaded by now is the same for all: collecting garbage there would copy it.
        gc.collect()
        gc.freeze()
        # From then on connections are refused, once the processes refuse them too.
        return Workers(fronts, store, listening.close).run()


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


@contextmanager
def _folder() -> Iterator[Path]:
    try:
        made = tempfile.TemporaryDirectory(prefix="trk-")
    except OSError as error:
        raise _no_place(error) from None
    with made as folder:
        yield Path(folder)


def _listen(door: socket.socket, folder: Path) -> None:
    try:
        door.bind(str(folder / "store"))
    except OSError as error:
        raise _no_place(error) from None
    door.listen(_BACKLOG)


def _no_place(error: OSError) -> click.ClickException:
    return click.ClickException(
        f"Several workers need a folder for their sockets, and there is none ({error}); expected a "
        "temporary folder with a short name, as TMPDIR has it."
    )
