"""The folder of the sockets by which the processes of one server find each other."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import click

BACKLOG = 2048
"""How many connections may wait to be accepted."""
_LONGEST_NAME = "metrics-00"


class NoFolder(click.ClickException):
    """There is no place for the sockets; `needed` is a sentence without its beginning."""

    def __init__(self, error: OSError) -> None:
        self.needed = (
            f"need a folder for their sockets, and there is none ({error}); expected a temporary "
            "folder with a short name, as TMPDIR has it."
        )
        super().__init__(f"Several workers {self.needed}")


class Folder:
    """The folder, and in it the socket at which the store process listens (`door`), if there is
    one.

    It lies with other temporary files, where somebody may clear up while the server runs.
    """

    def __init__(self, *, has_store: bool) -> None:
        self._has_store = has_store
        self._made: tempfile.TemporaryDirectory[str] | None = None
        self.door: socket.socket | None = None

    def __enter__(self) -> Folder:
        """Make it. NoFolder if there is no place for it."""
        try:
            self._made = tempfile.TemporaryDirectory(prefix="trk-", ignore_cleanup_errors=True)
            self.path = Path(self._made.name)
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
                trial.bind(str(self.path / _LONGEST_NAME))
            self._listen()
        except OSError as error:
            self.__exit__()
            raise NoFolder(error) from None
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        if self._made is not None:
            self._made.cleanup()

    def renewed(self) -> bool:
        """Was it gone, and is there another one now, with another door? Raises OSError."""
        if self.path.is_dir():
            return False
        self.path.mkdir(mode=0o700)
        self._listen()
        return True

    def leave(self) -> None:
        """Close the door in this process: it is the store process's."""
        if self.door is not None:
            self.door.close()
            self.door = None

    def _listen(self) -> None:
        self.leave()
        if self._has_store:
            self.door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.door.bind(str(self.path / "store"))
            self.door.listen(BACKLOG)
