"""The server process: shuts down gracefully within a time limit, or exits with status 1."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from trk.settings import Settings
from trk.web.http.connection import protocol_for
from trk.web.server import server_of
from trk.web.shortcut import shortcut_of

log = logging.getLogger(__name__)

_LAST = 5.0
"""Seconds for the last commit and for closing, after the requests have had their time."""
_HANDING_OVER = 55.0
"""Seconds more for a mail or an event that is being handed over: cut off, it would go out again."""
_IDLE = 150
"""Seconds that a connection may be idle: longer than proxies keep one (nginx 60, Caddy 120).
Otherwise we might close one just as a form is sent on it, which a proxy can't send again."""


class ServerProcess(uvicorn.Server):
    """When asked to stop, it keeps serving for `drain` seconds (with /readyz at 503), then accepts
    nothing new, finishes what is under way within `stop_timeout`, and exits with 0.

    If it can't (say, because the database hangs), the process exits anyway, with 1: what was not
    answered by then remains with its sender. Only for a mail or an event that is being handed over
    it waits longer.
    """

    stopped_by: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGINT)

    def __init__(self, app: Starlette, settings: Settings) -> None:
        config = uvicorn.Config(
            app,
            http=protocol_for(settings.body_timeout, shortcut_of(app)),
            ws="none",
            access_log=False,  # see backend/trk/web/http/access.py
            log_config=None,  # see backend/trk/journal.py
            proxy_headers=False,  # see backend/trk/web/http/proxies.py
            timeout_graceful_shutdown=round(settings.stop_timeout),
            timeout_keep_alive=_IDLE,
        )
        super().__init__(config)
        self._state = server_of(app)
        self._settings = settings

    def serve_on(self, listening: socket.socket) -> None:
        """Serve on a bound socket until stopped."""
        # uvicorn raises the signal again when it is done, for any handler that was set before it.
        # With these that has no effect, so the exit status is ours to choose.
        before = {each: signal.signal(each, self.handle_exit) for each in self.stopped_by}
        try:
            self.run(sockets=[listening])
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Start to shut down; a second signal cuts the draining short."""
        self.stop(now=self._state.stopping)

    def stop(self, *, now: bool = False) -> None:
        """Start to shut down: after draining, or `now`."""
        state, settings = self._state, self._settings
        wait = 0.0 if now else settings.drain
        if not state.stopping:
            state.stopping = True
            _later(settings.drain + settings.stop_timeout + _LAST, self._give_up)
        if wait:
            _later(wait, self._stop)
        else:
            self._stop()

    def _stop(self) -> None:
        self.should_exit = True

    def _give_up(self, waited: float = 0.0) -> None:
        if self._state.hands_over and waited < _HANDING_OVER:
            _later(1, lambda: self._give_up(waited + 1))
        elif waited:
            # What else is to be closed has waited for it, and may only now begin.
            _later(_LAST, self._end)
        else:
            self._end()

    def _end(self) -> None:
        log.critical("the server could not stop cleanly in time; stopping now")
        logging.shutdown()
        os._exit(1)


def _later(seconds: float, what: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, what)
    timer.daemon = True
    timer.start()
