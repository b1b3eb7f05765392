"""A reverse proxy that breaks things on order, between a page and the backend.

    with Faults(trk_backend) as faults:
        faults.next(answer(503), reset(), cut())     # one request each, then all goes through
        faults.always(hang())                        # until `faults.clear()`

A page built for `faults.url` instead of the backend's address talks to the backend through it.
Only beacons are harmed; scripts and pages always go through.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from trk_sdk.testkit.process import Backend, direct
from trk_sdk.testkit.serving import Serving

_PORTAL = b"<!doctype html><title>Welcome</title><h1>Accept our terms to use this network</h1>"


class Exchange:
    """One beacon on its way: what a fault may do with it."""

    def __init__(self, handler: _Handler, body: bytes) -> None:
        self._handler = handler
        self.body = body

    def forward(self) -> tuple[int, Mapping[str, str], bytes]:
        """Hand it to the backend; its answer."""
        return self._handler.forwarded(self.body)

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Answer the browser."""
        self._handler.answered(status, headers, body)

    def cut(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Answer with the first half of `body` only, and break the connection."""
        named = {**headers, "Content-Length": str(len(body))}
        self._handler.answered(status, named, body[: len(body) // 2])
        self.reset()

    def reset(self) -> None:
        """Break the connection as a crash would."""
        # Closing without lingering sends RST.
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.connection.close()

    def hang(self) -> None:
        """Do not answer until the faults are cleared."""
        self._handler.server.released.wait()


Fault = Callable[[Exchange], None]


def answer(status: int, text: str = "", *, stored: bool = False, **headers: str) -> Fault:
    """Answer so instead of the backend; `stored`: after the backend has had the beacon.

    A header's `_` stands for a `-`: `answer(429, Retry_After="2")`.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def fault(exchange: Exchange) -> None:
        if stored:
            exchange.forward()
        exchange.answer(status, named, text.encode())

    return fault


def refusal(status: int, code: str = "bad_beacon", message: str = "No.") -> Fault:
    """The backend's way of refusing for good (4xx) or for now (429 and 5xx)."""
    return answer(status, f'{{"error": {{"code": "{code}", "message": "{message}"}}}}')


def portal() -> Fault:
    """A captive portal: 200 with a page of its own."""
    return answer(200, _PORTAL.decode(), Content_Type="text/html")


def reset(*, stored: bool = False) -> Fault:
    """Break the connection; `stored`: after the backend has had the beacon."""

    def fault(exchange: Exchange) -> None:
        if stored:
            exchange.forward()
        exchange.reset()

    return fault


def cut() -> Fault:
    """Let the backend store the beacon, and break the connection in the middle of its answer."""
    return lambda exchange: exchange.cut(*exchange.forward())


def hang() -> Fault:
    """Take the beacon and say nothing, until `clear()`."""
    return Exchange.hang


class Faults(Serving["_Server"]):
    """The proxy, on a free port of `localhost`, until it is closed.

    `url` is what to give a page instead of the backend's address.
    """

    def __init__(self, backend: Backend) -> None:
        super().__init__(_Server(backend), "localhost")

    @property
    def beacons(self) -> list[bytes]:
        """The bodies of all beacons that browsers have sent here, harmed or not."""
        return list(self._server.beacons)

    def wait_for_beacons(self, count: int, seconds: float = 15) -> None:
        """Wait until browsers have sent so many different ones; AssertionError if they don't."""

        def sent() -> int:
            return len(set(self.beacons))

        with self._server.arrived:
            if not self._server.arrived.wait_for(lambda: sent() >= count, seconds):
                raise AssertionError(f"expected {count} different beacons, not {sent()}")

    def next(self, *faults: Fault) -> None:
        """What happens to the next beacons, in this order."""
        self._server.faults.extend(faults)

    def always(self, fault: Fault) -> None:
        """What happens to every beacon that `next` does not speak of, until `clear()`."""
        self._server.fault = fault

    def clear(self) -> None:
        """From now on all goes through; what hangs is let go without an answer."""
        self._server.faults.clear()
        self._server.fault = None
        self._server.released.set()
        self._server.released = threading.Event()

    def close(self) -> None:
        """Stop serving."""
        self.clear()
        super().close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Threads that hang must not keep server_close waiting.
    block_on_close = False
    request_queue_size = 512

    def __init__(self, backend: Backend) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = backend.url.replace("localhost", "127.0.0.1")
        self.host = backend.url.removeprefix("http://")
        self.beacons: list[bytes] = []
        self.arrived = threading.Condition()
        self.faults: deque[Fault] = deque()
        self.fault: Fault | None = None
        self.released = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Connections that break are what this server is for.
        if not isinstance(sys.exception(), OSError | ValueError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self.answered(*self.forwarded(None))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.arrived:
            self.server.beacons.append(body)
            self.server.arrived.notify_all()
        try:
            fault = self.server.faults.popleft()
        except IndexError:
            fault = self.server.fault or _through
        fault(Exchange(self, body))

    def forwarded(self, body: bytes | None) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Host": self.server.host}
        if body is not None:
            headers["Content-Type"] = self.headers["Content-Type"] or ""
        request = urllib.request.Request(self.server.target + self.path, body, headers)
        try:
            with direct(request, timeout=30) as found:
                return found.status, dict(found.headers), found.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, dict(refused.headers), refused.read()

    def answered(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        named = {"access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After"}
        named |= {"content-length": str(len(body))}
        named |= {name.lower(): value for name, value in headers.items()}
        self.send_response_only(status)
        for name, value in named.items():
            if name not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def _through(exchange: Exchange) -> None:
    exchange.answer(*exchange.forward())
