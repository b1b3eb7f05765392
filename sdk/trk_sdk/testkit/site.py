"""A small web server for pages that a test writes, on another site than the backend's."""

from __future__ import annotations

import ssl
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trk_sdk.testkit.serving import Serving


@dataclass(frozen=True, slots=True)
class _Page:
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Site(Serving["_Server"]):
    """Serves what it was given, on a free port of 127.0.0.1, until it is closed.

    The backend is at `localhost`: for a browser that is another site, as in real life.
    """

    def __init__(self, host: str = "127.0.0.1", certificate: Path | None = None) -> None:
        """`host` is the name in its addresses; with a `certificate` (PEM, with its key), https."""
        self._pages: dict[str, _Page] = {}
        super().__init__(_Server(("127.0.0.1", 0), self._pages, certificate), host)
        if certificate is not None:
            self.url = self.url.replace("http:", "https:")

    def page(self, path: str, html: str, **headers: str) -> str:
        """Serve `html` at `path`; its address. A header's `_` stands for a `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._pages[path] = _Page(
            html.encode(), {"Content-Type": "text/html; charset=utf-8", **named}
        )
        return self.url + path

    def script(self, path: str, source: str) -> str:
        """Serve JavaScript at `path`; its address."""
        return self.page(path, source, Content_Type="text/javascript; charset=utf-8")

    def wait_for(self, path: str, seconds: float = 15) -> Mapping[str, str]:
        """Wait until a browser has asked for `path`; the headers of its first request.

        Raises AssertionError after `seconds`.
        """
        asked = self._server.asked
        with self._server.arrived:
            if not self._server.arrived.wait_for(lambda: path in asked, seconds):
                raise AssertionError(f"expected a request for {path}, not just {list(asked)}")
            return asked[path]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], pages: Mapping[str, _Page], certificate: Path | None
    ) -> None:
        super().__init__(address, _Handler)
        self.pages = pages
        self.asked: dict[str, Mapping[str, str]] = {}
        self.arrived = threading.Condition()
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # The handshake in the connection's own thread: a browser may connect and say nothing.
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A browser that goes away in the middle of an answer, or that does not accept the
        # certificate, is nothing to report.
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        with self.server.arrived:
            self.server.asked.setdefault(path, dict(self.headers))
            self.server.arrived.notify_all()
        page = self.server.pages.get(path)
        self.send_response(200 if page else 404)
        page = page or _Page(b"")
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass
