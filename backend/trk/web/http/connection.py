"""Connections that take the shortcut where a request has one, and uvicorn's way everywhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast

from starlette.types import Scope
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from trk.web.http.protocol import LimitedProtocol
from trk.web.http.shortcut import Begun, RawResponse, Shortcut

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def protocol_for(patience: float, shortcut: Shortcut | None) -> type[LimitedProtocol]:
    """The connections of a server that waits for a head, and then for a body, for `patience` s."""
    if shortcut is None:
        return type("Connection", (LimitedProtocol,), {"patience": patience})
    known = {"patience": patience, "shortcut": staticmethod(shortcut)}
    return type("Connection", (ShortcutProtocol,), known)


class ShortcutProtocol(LimitedProtocol):
    """One connection. A request that comes whole, in one piece, is offered to the shortcut, unless
    it has to wait for the answer to another, or its client reads too slowly."""

    shortcut: Shortcut
    _has_come = False
    """Is a request's head being read? Otherwise it is the turn of one that came before."""
    _offered: tuple[RequestResponseCycle, ASGI3Application] | None = None

    def data_received(self, data: bytes) -> None:
        """Read what has come; what is not complete with it goes uvicorn's way."""
        super().data_received(data)
        if self._offered is not None:
            offered, self._offered = self._offered, None
            super()._start_asgi_task(*offered)

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._has_come = True
        super().on_headers_complete()
        self._has_come = False

    def on_message_complete(self) -> None:
        """All of the request has come."""
        super().on_message_complete()
        if self._offered is not None:
            offered, self._offered = self._offered, None
            self._begin(*offered)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        odd = cycle.waiting_for_100_continue or self.flow.write_paused
        if self._has_come and not odd:
            self._answered = cycle
            self._offered = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        begun: Begun | None = _tried(self.shortcut, cast("Scope", cycle.scope), cycle.body)
        if begun is None:
            super()._start_asgi_task(cycle, app)
        else:
            begun.awaited.add_done_callback(partial(self._end, cycle, app, begun.respond))

    def _end(
        self,
        cycle: RequestResponseCycle,
        app: ASGI3Application,
        respond: Callable[[asyncio.Future[Any]], RawResponse | None],
        awaited: asyncio.Future[Any],
    ) -> None:
        response = _tried(respond, awaited)
        if response is None:
            super()._start_asgi_task(cycle, app)
            return
        cycle.response_started = cycle.response_complete = True
        if cycle.disconnected:
            return
        said = [STATUS_LINE[response.status]]
        for name, value in (*self.server_state.default_headers, *response.headers):
            said += (name, b": ", value, b"\r\n")
        said += (b"" if cycle.keep_alive else b"connection: close\r\n", b"\r\n", response.body)
        self.transport.write(b"".join(said))
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


def _tried(part: Callable[P, T], *args: P.args, **named: P.kwargs) -> T | None:
    try:
        return part(*args, **named)
    except Exception:
        # Told here, since the other way need not meet the same mistake.
        log.exception("a shortcut failed; the request goes the whole way")
        return None
