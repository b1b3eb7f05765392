"""Each request gets an id and, once it is answered, a line in the log and a place in the numbers.

Neither has anything of the visitor: not the path (it holds tokens) but the route's template, no
query, no address, no header except an id that a trusted proxy gave.
"""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time
from typing import Protocol

from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trk.journal import request_id

log = logging.getLogger("trk.access")

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/{key}/beacon", "/{key}/status", "/healthz", "/readyz", "/metrics"})
"""Asked again and again: only `all` has lines for them, unless the server failed."""


class Answered(Protocol):
    """What is told of each answer; `seconds` is how long it took."""

    def __call__(self, method: str, route: str, status: int, seconds: float) -> None: ...


class Access:
    """Plain ASGI middleware; `level` is the setting access_log."""

    def __init__(self, app: ASGIApp, *, level: str, answered: Answered) -> None:
        self._app = app
        self._level = level
        self._answered = answered
        # Which run of the server, and which request of it: a random text for each would cost more
        # than all the rest here.
        self._run = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = _given_id(scope) or f"{self._run}{next(self._numbers):08x}"
        header = (b"x-request-id", known.encode())
        request_id.set(known)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            status = 500
            raise
        finally:
            self._tell(scope, status, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        # Whoever makes up methods or addresses makes no lines and no numbers of their own.
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = template(scope)
        self._answered(method, route, status, seconds)
        if self._level == "off" or (
            self._level == "on" and route in _QUIET and status < 500 and status != 0
        ):
            return
        took = round(seconds * 1000, 1)
        fields = {"method": method, "route": route, "status": status, "ms": took}
        log.info("%s %s %d %.1f ms", method, route, status, took, extra={"fields": fields})


def template(scope: Scope) -> str:
    """The template of the route that answered, such as `/{key}/enter`; `none` if there is none."""
    route = scope.get("route")
    path: str | None = getattr(route, "path", None)
    if path is None:
        return "none"
    if isinstance(route, Mount):
        return f"{path}/{{path}}"
    return f"{scope.get('root_path', '')}{path}"


def _given_id(scope: Scope) -> str | None:
    """The id that came with the request, if a trusted proxy sent it and it is one."""
    if not scope.get("trk.trusted"):
        return None
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
            return given if _ID.fullmatch(given) else None
    return None
