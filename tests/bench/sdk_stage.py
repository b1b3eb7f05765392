"""What the scripts that are compared run on: a server for pages, scripts and beacons.

Pages are at `*.shop.test`, scripts at TRACKER: another site, as in real life, and not an address of
this machine, on which some scripts keep quiet.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from trk_sdk.testkit.faults import Exchange, Fault
from trk_sdk.testkit.serving import Serving

TRACKER = "trkr.test"
"""As long as `localhost`, which it takes the place of in trk.js: the bytes are those served."""

BROWSER_FLAGS = (
    "--host-resolver-rules=MAP *.test 127.0.0.1",
    "--no-proxy-server",
    # Some scripts take a browser that is driven by a program for a robot, and keep quiet.
    "--disable-blink-features=AutomationControlled",
)

_STORED = b'{"unlocked": [], "duplicate": false, "pairs": ["waiting"], "refused": []}'


class Arrivals:
    """The requests with which a script reports something, since `clear()`."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all, and accept what comes."""
        self.first: float | None = None
        """When the first one was here, refused or not, by time.perf_counter()."""
        self.down = False
        """Are they answered 503?"""
        self.stubbed = False
        """Is ours answered here, without the backend?"""
        self._accepted: list[str] = []

    def take(self, path: str, body: bytes) -> bool:
        """Note a request; is it accepted?"""
        if self.first is None:
            self.first = time.perf_counter()
        if not self.down:
            self._accepted.append(path + body.decode(errors="replace"))
        return not self.down

    def count(self, words: Collection[str]) -> int:
        """How many of `words` were in what was accepted; the requests, where there was no word."""
        accepted = list(self._accepted)
        everything = "\n".join(accepted)
        return sum(word in everything for word in words) or len(accepted)

    @property
    def requests(self) -> int:
        """How many requests were accepted."""
        return len(self._accepted)

    def fault(self) -> Fault:
        """Takes the beacons that pass a Faults; the backend has those that are accepted."""

        def fault(exchange: Exchange) -> None:
            if not self.take("", exchange.body):
                exchange.answer(503, {}, b"")
            elif self.stubbed:
                exchange.answer(200, {"Content-Type": "application/json"}, _STORED)
            else:
                exchange.answer(*exchange.forward())

        return fault


@dataclass(frozen=True, slots=True)
class Subject:
    """A script that is measured."""

    name: str
    source: str
    push: str
    """A JavaScript expression that reports the text `n`, before and after the script has loaded."""
    tag: str
    """Further attributes of the script's tag."""
    arrived: Callable[[Collection[str]], int]
    """How many of these texts have arrived."""


class Stage(Serving["_Server"]):
    """Serves pages with one script at a time; takes a POST at any other path as a beacon."""

    def __init__(self, arrivals: Arrivals) -> None:
        super().__init__(_Server(arrivals), "shop.test")
        self.script_url = f"http://{TRACKER}:{self._server.server_port}/script.js"

    def show(self, subject: Subject, inline: str = "") -> None:
        """From now on every page has this script, behind the inline script `inline`."""
        self._server.script = subject.source.encode()
        self._server.page = (
            "<!doctype html><meta charset=utf-8><title>Shop</title><link rel=icon href=data:,>"
            f"<script>function report(n) {{ {subject.push} }}\n{inline}</script>"
            f'<script async src="{self.script_url}" {subject.tag}></script>'
        ).encode()
        self._server.handed_over = None

    def page(self, label: str = "www") -> str:
        """The page's address; another `label` is another origin: nothing is stored there yet."""
        return self.url.replace("shop.test", f"{label}.shop.test") + "/page"

    @property
    def handed_over(self) -> float | None:
        """When the script's bytes were about to be sent, by time.perf_counter()."""
        return self._server.handed_over


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, arrivals: Arrivals) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.arrivals = arrivals
        self.page = self.script = b""
        self.handed_over: float | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A page that goes away in the middle of an answer is what is measured.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        match urlsplit(self.path).path:
            case "/page":
                self._answer(200, "text/html; charset=utf-8", self.server.page)
            case "/script.js":
                self.server.handed_over = time.perf_counter()
                self._answer(200, "text/javascript; charset=utf-8", self.server.script)
            case "/elsewhere":
                self._answer(200, "text/html", b"<!doctype html><link rel=icon href=data:,>")
            case _:
                self._answer(404, "text/plain", b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        accepted = self.server.arrivals.take(self.path, body)
        self._answer(200 if accepted else 503, "application/json", b"{}")

    def do_OPTIONS(self) -> None:
        self._answer(204, "text/plain", b"")

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response_only(status)
        asked = self.headers.get("Access-Control-Request-Headers", "content-type")
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Access-Control-Allow-Origin": self.headers.get("Origin", "*"),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Headers": asked,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass
