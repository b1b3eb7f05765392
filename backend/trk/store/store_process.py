"""The process that stores the beacons of a SQLite file: one thread that does nothing else, for all
processes that serve.

A thread beside that of the web server would hand the interpreter's lock to and fro at each
statement; here a transaction runs in one go, and the other cores serve meanwhile.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from trk.store import beacons, frames, instance
from trk.store.errors import DatabaseError
from trk.store.frames import Frames, Group
from trk.store.program import Transaction
from trk.store.sqlite import SQLiteWriter
from trk.store.storing import contained
from trk.store.submissions import Reply, Submission

log = logging.getLogger(__name__)

_MOST = 512
"""How many beacons of several workers are committed together."""
_PIECE = 1 << 20
_PATIENCE = 1.0
"""Seconds for which a worker that reads nothing is waited for; it has gone, or hangs."""


class _Waiting(NamedTuple):
    worker: socket.socket
    group: Group


class StoreProcess:
    """Serves the workers that connect to a socket, until it is told to stop and they have gone."""

    def __init__(
        self,
        path: str,
        listening: socket.socket,
        parent: socket.socket,
        ready: Callable[[], None],
    ) -> None:
        """`path` is the database's; `parent` is readable once this shall stop, and `ready` tells it
        that workers are served."""
        self._writer = SQLiteWriter(path)
        self._listening = listening
        self._parent = parent
        self._ready = ready
        self._selector = selectors.DefaultSelector()
        self._arriving: dict[socket.socket, Frames] = {}
        self._waiting: deque[_Waiting] = deque()
        self._stopping = False

    def run(self) -> None:
        """Store what comes."""
        self._writer.open()
        self._listening.setblocking(False)
        for each in (self._listening, self._parent):
            self._selector.register(each, selectors.EVENT_READ)
        self._ready()
        while not (self._stopping and not self._arriving):
            for key, _ in self._selector.select():
                self._read(key.fileobj)  # type: ignore[arg-type]
            while self._waiting:
                self._store(self._taken())
        self._writer.disconnect()

    def _read(self, ready: socket.socket) -> None:
        if ready is self._parent:
            # From here on the workers end, each after its last beacon.
            self._stopping = True
            self._selector.unregister(ready)
        elif ready is self._listening:
            with contextlib.suppress(BlockingIOError):
                worker, _ = ready.accept()
                worker.settimeout(_PATIENCE)
                self._arriving[worker] = Frames()
                self._selector.register(worker, selectors.EVENT_READ)
        else:
            try:
                piece = ready.recv(_PIECE)
            except OSError:
                piece = b""
            if not piece:
                self._forget(ready)
                return
            for frame in self._arriving[ready].add(piece):
                self._waiting.append(_Waiting(ready, frames.read_group(frame)))

    def _taken(self) -> list[_Waiting]:
        """What waits, oldest first, as far as it is stored together."""
        taken = [self._waiting.popleft()]
        size = len(taken[0].group.sent)
        while self._waiting and size + len(self._waiting[0].group.sent) <= _MOST:
            taken.append(self._waiting.popleft())
            size += len(taken[-1].group.sent)
        return taken

    def _store(self, groups: Sequence[_Waiting]) -> None:
        submissions = [each.group.submissions() for each in groups]

        async def program(tx: Transaction) -> list[Reply]:
            together: list[Submission] = [one for group in submissions for one in group]
            # An empty one asks for proof: beacons may be such as change nothing.
            if not all(submissions):
                await instance.prove(tx)
            return await beacons.store(tx, together) if together else []

        try:
            with contained():
                replies = iter(self._writer.transact(program))
        except DatabaseError as error:
            if len(groups) == 1:
                self._tell(groups[0].worker, frames.failed(groups[0].group.number, error))
                return
            # One worker's may be the cause: the others' are stored without it.
            for each in groups:
                self._store([each])
            return
        for (worker, group), sent in zip(groups, submissions, strict=True):
            self._tell(worker, frames.stored(group.number, [next(replies) for _ in sent]))

    def _tell(self, worker: socket.socket, frame: bytes) -> None:
        if worker not in self._arriving:
            return
        try:
            worker.sendall(frame)
        except OSError as error:
            log.warning("a worker took no answer (%s); its beacons come again", error)
            self._forget(worker)

    def _forget(self, worker: socket.socket) -> None:
        del self._arriving[worker]
        self._selector.unregister(worker)
        worker.close()
