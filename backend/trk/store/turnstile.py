"""Turns at a SQLite file: whoever wants to write comes next, however busy another process is there.

SQLite itself lets writers try again and again. Beside a server that begins its next transaction as
soon as the one before is done, another process would seldom find the moment in between.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from trk.store.errors import Unavailable

_PATIENCE = 3.0
"""Seconds that a turn may take to come; whoever waits for it is told to come back."""
_BEHIND = 0.5
"""Seconds after which a turn is no longer waited for behind somebody else who waits."""
_PAUSE = 0.0005
"""Seconds between two looks, which grow up to the tenfold."""
_NOW, _NEXT = 0, 1
"""The bytes of the file that are locked: by whose turn it is, and by who comes next."""


class Turnstile:
    """Two locks on a file beside the database. Who waits for the first holds the second, so that
    nobody else can have the first again before.

    A process that dies gives up its locks. They only make turns fair: that there is one writer at
    a time is SQLite's doing, also where another program takes no turns.
    """

    def __init__(self, path: str) -> None:
        """`path` is the database's."""
        self._database = path
        self._path = f"{path}-turn"
        self._file = -1

    def open(self) -> None:
        """Make the file unless it is there: for whom the database is, whoever makes it."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            self._file = os.open(self._path, flags | os.O_EXCL, 0o600)
        except FileExistsError:
            self._file = os.open(self._path, flags)
            return
        known = os.stat(self._database)
        os.fchmod(self._file, known.st_mode & 0o666)
        if os.geteuid() == 0:  # a command of root's must not lock the server out
            os.fchown(self._file, known.st_uid, known.st_gid)

    def close(self) -> None:
        """Leave; the file stays, for others may have it open."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn and have it for the block. Raises Unavailable where it does not come
        within seconds."""
        now = time.monotonic()
        if not self._take(_NEXT, now + _BEHIND):
            # Whoever waits there has hung, or others are before it: SQLite decides among them.
            yield
            return
        try:
            if not self._take(_NOW, now + _PATIENCE):
                said = f"another process has written to it for {_PATIENCE:g} s"
                raise Unavailable(f"The database is locked: {said}.")
        finally:
            self._leave(_NEXT)
        try:
            yield
        finally:
            self._leave(_NOW)

    def _take(self, place: int, until: float) -> bool:
        pause = _PAUSE
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
            except (BlockingIOError, PermissionError):
                if time.monotonic() > until:
                    return False
                time.sleep(pause)
                pause = min(pause * 1.5, _PAUSE * 10)
            else:
                return True

    def _leave(self, place: int) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)
