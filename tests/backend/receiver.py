"""An endpoint for webhooks, in a thread, that answers as its path says and keeps what it gets."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx

from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.serving import Serving

_SECONDS = 30.0


class Received(NamedTuple):
    """A request: its path, its headers (lower case) and its body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Receiver(ThreadingHTTPServer):
    """Answers by the path: `/503` with that status, `/hang` not before `release`, `/cut` with a
    reset, `/flood` without an end, `/busy` with a Retry-After; anything else with 204."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), _Handler)
        self.received: list[Received] = []
        self._changed = threading.Condition()
        self._released = threading.Event()

    def keep(self, request: Received) -> None:
        """Note a request."""
        with self._changed:
            self.received.append(request)
            self._changed.notify_all()

    def hang(self) -> None:
        """Hold a request until `release`."""
        self._released.wait(_SECONDS)

    def release(self) -> None:
        """Let those that hang go on."""
        self._released.set()

    def at(self, path: str) -> list[Received]:
        """What came to this path."""
        return [request for request in self.received if request.path == path]

    async def got(self, path: str, count: int) -> list[Received]:
        """What came to this path, once it is so many."""
        return await asyncio.to_thread(self.waited, path, count)

    def waited(self, path: str, count: int) -> list[Received]:
        """The same for who may block."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.at(path)) >= count, _SECONDS)
        assert came, f"{len(self.at(path))} of {count} came to {path}"
        return self.at(path)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        names = {name.lower(): value for name, value in self.headers.items()}
        self.server.keep(Received(self.path, names, body))
        if self.path == "/hang":
            self.server.hang()
        if self.path == "/cut":
            reset = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            self.connection.close()
            return
        told = self.path[1:]
        status = int(told) if told.isdigit() else {"busy": 429, "flood": 200}.get(told, 204)
        self.send_response(status)
        if told == "busy":
            self.send_header("Retry-After", "7200")
        if 300 <= status < 400:
            self.send_header("Location", "/moved")
        self.end_headers()
        while told == "flood":
            try:
                self.wfile.write(b"x" * 65_536)
            except OSError:
                return

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


@contextmanager
def receiving(
    tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[tuple[Receiver, str]]:
    """A receiver and its address, which is on `host`; with `tls` it speaks https."""
    receiver = Receiver(host)
    if tls is not None:
        receiver.socket = tls.wrap_socket(receiver.socket, server_side=True)
    with Serving(receiver, host) as served:
        try:
            yield receiver, served.url.replace("http:", "https:") if tls else served.url
        finally:
            receiver.release()


def add_webhook(backend: Backend, key: str, url: str, *events: str) -> None:
    """Have a server tell this address of these events in a campaign."""
    made = httpx.post(
        f"http://127.0.0.1:{backend.port}/api/v1/campaigns/{key}/webhooks",
        json={"url": url, "events": events},
        headers={"authorization": f"Bearer {backend.token}"},
        trust_env=False,
        timeout=30,
    )
    assert made.status_code == 201, made.text
