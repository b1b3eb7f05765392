"""uvicorn's connections, with the limits that uvicorn does not have: how much a request's head may
hold, and how long head and body may take to arrive.

uvicorn keeps a head of any size until it is complete, and an unfinished request for as long as now
and then a byte comes. A proxy in front has such limits; without one, these are all there are.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from starlette.responses import Response
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from trk.web.http.limits import MAX_BODY, SLOWEST
from trk.web.http.respond import NOSNIFF, error

MAX_HEAD = 65_536
"""The most bytes of a request's address and headers together, with those after a chunked body."""
_PIECE = 16_384
"""What is parsed at once: a head that is never completed is cut at most this much too late."""
_TO_ANSWER = 5.0
"""Seconds that the application has to refuse a slow body before the connection is simply closed."""


class HeadTooLarge(Exception):
    """The request's head is over MAX_HEAD."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    patience: ClassVar[float] = 10.0
    _answered: RequestResponseCycle | None = None
    """What is being answered: it need not be the last that has come, which is `cycle`."""
    _head = 0
    """Bytes of address and headers that the parser has handed over of this request."""
    _held = 0
    """Bytes that the parser has been given since it last handed anything over."""
    _complete = True
    """Has all of the request arrived?"""
    _in_body = False
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request no longer than for a later one."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Let nothing more be said, and leave no timer behind, which would keep what belongs to the
        connection in memory."""
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True
            self._answered.message_event.set()
        self._stop_timer()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come, up to the limit."""
        self._complete = False
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            self._held += len(piece)
            super().data_received(piece)
            if self.transport.is_closing():
                return
            if self._head + self._held > MAX_HEAD:
                self.send_400_response("")
                return
        if not self._complete and self._timer is None:
            self._start_timer(self.patience + (_LONGEST_BODY if self._in_body else 0))

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, or too large a one, and close."""
        if self._in_body and self.cycle is not None and self.cycle.response_started:
            self.transport.close()  # it has its answer, or half of it
            return
        answer: Response
        if self._head + self._held > MAX_HEAD:
            said = f"Address and headers are over {MAX_HEAD} bytes together."
            answer = error(431, "head_too_large", said, _LAST)
        else:
            answer = error(400, "invalid", "This is not an HTTP request.", _LAST)
        lines = [b"%s: %s\r\n" % header for header in answer.raw_headers]
        status = STATUS_LINE[answer.status_code]
        self.transport.write(b"".join([status, *lines, b"\r\n", bytes(answer.body)]))
        self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head = self._held = 0
        self._complete = False
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address has come."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header has come, or one that follows a chunked body."""
        self._count(len(name) + len(value) + len(": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._stop_timer()
        self._held = 0
        self._in_body = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body has come."""
        self._held = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of the request has come."""
        self._stop_timer()
        self._held = 0
        self._in_body = False
        self._complete = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait no longer than `patience` for the rest of a body that nobody reads any more."""
        super().on_response_complete()
        if self._in_body:
            self._stop_timer()
            self._start_timer(self.patience)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _unsupported_upgrade_warning(self) -> None:
        """No line in the log, let alone two with advice, for what any stranger may ask for."""

    def _count(self, size: int) -> None:
        self._held = 0
        self._head += size
        if self._head > MAX_HEAD:
            raise HeadTooLarge  # for uvicorn any exception here means: no request

    def _start_timer(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._too_late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering and not self._in_body:
            # The request before is still being answered: this one can wait as well.
            self._start_timer(self.patience)
        else:
            self.transport.close()


_LONGEST_BODY = MAX_BODY / SLOWEST + _TO_ANSWER
_LAST = {**NOSNIFF, "connection": "close"}
