"""One of several processes that serve on one socket."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable
from typing import cast

from starlette.applications import Starlette

from trk.cli.control import Control
from trk.cli.server import ServerProcess
from trk.settings import Settings

_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_PAUSE = 1.0
"""Seconds in which no connection is accepted after one for which there was no room."""


class Worker(ServerProcess):
    """A server process that its parent stops, and that leaves new connections to the others while
    it is busy."""

    # Ctrl-C reaches the parent as well, which says when to stop.
    stopped_by = (signal.SIGTERM,)

    def __init__(self, app: Starlette, settings: Settings, control: Control) -> None:
        super().__init__(app, settings)
        self._control = control

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await super().startup(sockets=[])
        for listening in sockets or []:
            taking = _OneByOne(listening, self._connection)
            self.servers.append(cast("asyncio.base_events.Server", taking))
        self._control.watch(self._told)
        self._control.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop. Who is just being accepted is let in first: it must hear of it as all others do, or
        it would go on sending until it is cut off."""
        for each in self.servers:
            each.close()
            await each.wait_closed()
        await super().shutdown(sockets)

    def _told(self, now: bool) -> None:
        # Its supervisor may have told this process by a signal as well.
        if now or not self._state.stopping:
            self.stop(now=now)

    def _connection(self) -> asyncio.Protocol:
        config = self.config
        made: asyncio.Protocol = config.http_protocol_class(  # type: ignore[call-arg]
            config=config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made


class _OneByOne:
    """Accepts one connection a turn of the loop. The loop's own way takes all that wait, and leaves
    none to the other processes."""

    def __init__(self, listening: socket.socket, make: Callable[[], asyncio.Protocol]) -> None:
        self._listening = listening
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._attaching: set[asyncio.Task[object]] = set()
        self._closed = False
        listening.setblocking(False)
        self._begin()

    def close(self) -> None:
        """Accept no more."""
        self._closed = True
        self._loop.remove_reader(self._listening)

    def is_serving(self) -> bool:
        """Does it still accept?"""
        return not self._closed

    async def wait_closed(self) -> None:
        """Wait for those that are just being accepted."""
        if self._attaching:
            await asyncio.wait(self._attaching)

    def _begin(self) -> None:
        if not self._closed:
            self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        try:
            accepted, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another process was quicker, or the client has gone
        except OSError as error:
            if error.errno not in _FULL:
                raise
            self._loop.remove_reader(self._listening)
            self._loop.call_later(_PAUSE, self._begin)
            return
        accepted.setblocking(False)
        if accepted.family != socket.AF_UNIX:
            with contextlib.suppress(OSError):  # the client has gone already
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        attaching = self._loop.create_task(self._loop.connect_accepted_socket(self._make, accepted))
        self._attaching.add(attaching)
        attaching.add_done_callback(self._attaching.discard)
