"""A server of one process, and one of several: those that serve, and for SQLite one that stores."""

from __future__ import annotations

import gc
import socket
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from trk.app import create_app
from trk.cli.control import Control
from trk.cli.front import Front
from trk.cli.server import ServerProcess
from trk.cli.workers import Signals, Worker, Workers
from trk.services.downloads import Downloads
from trk.services.place import Place
from trk.services.wakes import Wakes
from trk.settings import Settings
from trk.store.store_process import StoreProcess

_BACKLOG = 2048
"""How many connections may wait to be accepted."""
_LAST = 67.0
"""Seconds more than TRK_DRAIN and TRK_STOP_TIMEOUT after which a process is killed that has not
ended by itself: it may be handing over a mail for a minute (see cli/server.py)."""
_LONGEST_NAME = "metrics-00"
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
    has_store = path != settings.database
    with Signals() as signals, _Folder(has_store=has_store) as folder:
        wakes, downloads = Wakes(), Downloads()

        def front(number: int, control: Control) -> int:
            folder.leave()
            place = Place(number, settings.workers, folder.path, wakes, downloads, has_store)
            return _serve(
                lambda on_fatal: Front(
                    create_app(settings, on_fatal, place=place), settings, control
                ),
                listening,
            )

        def keep(control: Control) -> int:
            listening.close()
            assert folder.door is not None
            StoreProcess(path, folder.door, control.connection, control.ready).run()
            return 0

        def look() -> None:
            if folder.renewed() and store is not None:
                workers.end(store)  # it listens where nobody finds it any more

        fronts = [
            Worker(f"worker {number}", partial(front, number)) for number in range(settings.workers)
        ]
        store = Worker("store process", keep) if has_store else None
        workers = Workers(
            fronts,
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
        return workers.run()


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


class _Folder:
    """The folder of the processes' sockets, and the socket at which the store process listens.

    It lies with other temporary files, where somebody may clear up while the server runs.
    """

    def __init__(self, *, has_store: bool) -> None:
        self._has_store = has_store
        self.door: socket.socket | None = None

    def __enter__(self) -> _Folder:
        try:
            self._made = tempfile.TemporaryDirectory(prefix="trk-", ignore_cleanup_errors=True)
            self.path = Path(self._made.name)
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
                trial.bind(str(self.path / _LONGEST_NAME))
            self._listen()
        except OSError as error:
            raise click.ClickException(
                f"Several workers need a folder for their sockets, and there is none ({error}); "
                "expected a temporary folder with a short name, as TMPDIR has it."
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        self._made.cleanup()

    def renewed(self) -> bool:
        """Was it gone, and is there another one now, with another door? Raises OSError."""
        if self.path.is_dir():
            return False
        self.path.mkdir(mode=0o700)
        self._listen()
        return True

    def leave(self) -> None:
        """Close the door here: it is the store process's."""
        if self.door is not None:
            self.door.close()
            self.door = None

    def _listen(self) -> None:
        self.leave()
        if self._has_store:
            self.door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.door.bind(str(self.path / "store"))
            self.door.listen(_BACKLOG)
