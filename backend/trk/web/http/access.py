"""Gives each request an id, and once it is answered, writes a log line and counts it.

Neither says anything about the visitor: the route's template instead of the path (which may hold
tokens), no query, no IP address, no header but a request id from a trusted proxy.
"""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time
from typing import NamedTuple, Protocol

from starlette.requests import ClientDisconnect
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trk.core.audit import NOBODY
from trk.journal import acting, looking, request_id

log = logging.getLogger("trk.access")

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/{key}/beacon", "/{key}/status", "/healthz", "/readyz", "/metrics"})
"""Requested all the time, so logged only with `all`, or if the server failed."""


class Answered(Protocol):
    """A callback for each response; `seconds` is how long it took."""

    def __call__(self, method: str, route: str, status: int, seconds: float) -> None: ...


class RouteName(NamedTuple):
    """What stands for a route in the log and the metrics where none has matched."""

    path: str


class RequestIds:
    """The ids of requests."""

    def __init__(self) -> None:
        # An id for this run of the server, plus a request number: a random id for each request
        # would cost more than everything else here.
        self._run = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def of(self, scope: Scope) -> str:
        """A request's own id, if a trusted proxy sent a valid one, and a new one otherwise."""
        return _given_id(scope) or f"{self._run}{next(self._numbers):08x}"


class Access:
    """Plain ASGI middleware; `level` is the setting access_log."""

    def __init__(self, app: ASGIApp, *, level: str, ids: RequestIds, answered: Answered) -> None:
        self._app = app
        self._level = level
        self._ids = ids
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = self._ids.of(scope)
        header = (b"x-request-id", known.encode())
        request_id.set(known)
        acting.set(NOBODY)
        looking.set(scope["method"] == "HEAD")
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
        except ClientDisconnect:
            # Before its body had arrived, or in the middle of the answer: nobody hears any more.
            status = 499
        except Exception:
            status = 500
            raise
        finally:
            self._tell(scope, status, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        # Made-up methods and paths must not create log fields or metrics of their own.
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
    """The template of the route that matched, such as `/{key}/enter`, or `none`."""
    route = scope.get("route")
    path: str | None = getattr(route, "path", None)
    if path is None:
        return "none"
    if isinstance(route, Mount):
        return f"{path}/{{path}}"
    return f"{scope.get('root_path', '')}{path}"


def _given_id(scope: Scope) -> str | None:
    """The request's own id, if a trusted proxy sent a valid one."""
    if not scope.get("trk.trusted"):
        return None
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
            return given if _ID.fullmatch(given) else None
    return None
