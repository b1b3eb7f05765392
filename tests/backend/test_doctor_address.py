"""`trk doctor` asks the public address: each way in which another answer comes is told."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.backend.doctor_runs import doctor, is_failed, is_warning, trk
from trk.doctor import address
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.serving import Serving

CERTIFICATE = Path(__file__).parent / "untrusted.pem"


def test_a_public_address_without_https_is_a_warning() -> None:
    assert address.https("https://track.example.org").status == "ok"
    is_warning(address.https("http://localhost:8000"), "this machine only", "TRK_PUBLIC_URL")
    is_warning(address.https("http://track.example.org"), "not https", "certificate in front")


def test_a_name_that_does_not_resolve_fails() -> None:
    found = address.resolves("https://track.invalid")
    is_failed(found, "track.invalid does not resolve", "DNS record for track.invalid")
    assert "127.0.0.1" in address.resolves("http://127.0.0.1:1").found


class Other(BaseHTTPRequestHandler):
    """Somebody else's server: answers, or leads on."""

    status: ClassVar[int] = 200
    location: ClassVar[str] = ""

    def do_GET(self) -> None:
        self.send_response(self.status)
        if self.location and self.path == "/healthz":
            self.send_header("Location", self.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Proxy(Other):
    """A proxy in front of a server at `upstream`, which passes Host on or not."""

    upstream: ClassVar[int] = 0
    passes_host: ClassVar[bool] = True

    def do_GET(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.upstream, timeout=30)
        host = self.headers["Host"] if self.passes_host else f"127.0.0.1:{self.upstream}"
        connection.request("GET", self.path, headers={"Host": host, "X-Forwarded-For": "192.0.2.7"})
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        connection.close()


@contextmanager
def serving(handler: type[Other], certificate: Path | None = None, **fields: Any) -> Iterator[str]:
    """The address of a server with this handler, by TLS if it has a certificate."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), fields))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with Serving(server, "localhost") as running:
        yield running.url if certificate is None else running.url.replace("http:", "https:")


def test_an_address_where_somebody_else_answers_fails() -> None:
    with serving(Other) as url:
        is_failed(
            address.answers(url, address.fetch_health(url), "us"),
            "but it is not this server",
            "proxy",
        )
    with serving(Other, status=502) as url:
        is_failed(
            address.answers(url, address.fetch_health(url), "us"), "/healthz answered 502", "log"
        )
    with serving(Other, status=302, location="http://localhost:1/") as url:
        answer = address.fetch_health(url)
        assert isinstance(answer, str)
    with serving(Other) as there, serving(Other, status=302, location=f"{there}/x") as url:
        is_failed(
            address.answers(url, address.fetch_health(url), "us"),
            f"redirects to {there}",
            "TRK_PUBLIC",
        )


def test_a_certificate_that_nobody_trusts_fails() -> None:
    with serving(Other, CERTIFICATE) as url:
        found = address.answers(url, address.fetch_health(url), "us")
    is_failed(found, "its certificate is not accepted: self", "proxy")


def test_an_address_that_never_answers_fails_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        is_failed(
            address.answers(url, address.fetch_health(url, 0.2), "us"), "timed out", "firewall"
        )
    assert time.monotonic() - started < 10


def test_a_server_on_another_database_is_told_from_this_one(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    sqlite_backend.start()
    other = f"sqlite:///{tmp_path}/other.db"
    assert trk(other, sqlite_backend.url, "migrate").exit_code == 0
    status, found = doctor(other, sqlite_backend.url)
    assert status == 1
    is_failed(found["public address"], "a server with another database", "TRK_DATABASE")


@pytest.mark.parametrize("passes_host", [True, False])
def test_a_proxy_that_hides_the_address_fails_and_one_that_is_not_trusted_is_a_warning(
    passes_host: bool, sqlite_backend: Backend
) -> None:
    sqlite_backend.start({"TRK_TRUSTED_PROXIES": "10.0.0.1"})
    with serving(Proxy, upstream=sqlite_backend.port, passes_host=passes_host) as url:
        status, found = doctor(sqlite_backend.database, url)
    assert found["public address"].status == "ok"
    if passes_host:
        assert status == 0
        is_warning(found["proxy"], "doesn't trust its proxy", "TRK_TRUSTED_PROXIES")
    else:
        assert status == 1
        is_failed(found["proxy"], f"sees http://127.0.0.1:{sqlite_backend.port}", "pass on Host")
