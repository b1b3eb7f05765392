"""The published configurations of nginx and Caddy do what docs/operating.md asks of a proxy."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.backend.published_proxies import CERTIFICATE, Ports, proxy, trusting
from tests.ports import free_port
from trk.cli.server import _IDLE
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.serving import Serving
from trk_sdk.testkit.truth import Campaign, make_campaign

PROXIES = ("nginx", "caddy")
FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "http",
    "X-Request-Id": "visitors-own",
}


class Fronted(NamedTuple):
    """A server behind a proxy, and a client that speaks to it by https."""

    backend: Backend
    client: httpx.Client
    ports: Ports
    environment: dict[str, str]

    def campaign(self) -> Campaign:
        """A new campaign with the action VIP."""
        return make_campaign(self.backend, ("VIP",), url="", pause=lambda _: None)


@pytest.fixture(scope="module", params=PROXIES)
def fronted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fronted]:
    """A server behind each of the proxies, at an https address."""
    folder = tmp_path_factory.mktemp(request.param)
    backend = Backend(folder / "trk")
    ports = Ports(free_port(), free_port(), backend.port)
    environment = {
        "TRK_PUBLIC_URL": f"https://localhost:{ports.https}",
        "TRK_METRICS_TOKEN": "m" * 32,
        "TRK_LOG_FORMAT": "json",
    }
    try:
        with proxy(request.param, ports, folder) as client:
            backend.start(environment)
            yield Fronted(backend, client, ports, environment)
    finally:
        backend.close()


def test_a_beacon_from_a_page_is_stored(fronted: Fronted) -> None:
    campaign = fronted.campaign()
    beacon = {
        "id": "0193e5b4-6f3a-7c1e-9d2a-0123456789ab",
        "visitor": "a" * 32,
        "pairs": [["VIP", "Käufe 😀"]],
    }
    answer = fronted.client.post(
        f"/{campaign.key}/beacon",
        content=json.dumps(beacon),
        headers={"content-type": "text/plain", "origin": "https://shop.example"},
    )
    assert answer.json() == {
        "unlocked": [],
        "duplicate": False,
        "pairs": ["waiting"],
        "refused": [],
    }
    assert answer.headers["access-control-allow-origin"] == "*"
    [stored] = campaign.trackings()
    assert (stored.name, stored.value) == ("VIP", "Käufe 😀")


def test_a_refusal_is_the_server_s_own(fronted: Fronted) -> None:
    answer = fronted.client.post("/y2sB7/beacon", content=b"x" * 70_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_a_body_of_almost_a_mebibyte_gets_through(fronted: Fronted) -> None:
    answer = fronted.client.post("/api/v1/campaigns", content=b"x" * (2**20 - 1))
    assert answer.json()["error"]["code"] == "unauthorized"


def test_the_script_comes_compressed_once_and_names_the_public_address(fronted: Fronted) -> None:
    campaign = fronted.campaign()
    answer = fronted.client.get(f"/{campaign.key}/trk.js", headers={"accept-encoding": "br"})
    assert answer.headers["content-encoding"] == "br"
    assert str(fronted.client.base_url).rstrip("/") in answer.text


def test_cookies_are_for_https_only(fronted: Fronted) -> None:
    campaign = fronted.campaign()
    page = fronted.client.get(f"/{campaign.key}", follow_redirects=True)
    assert page.url.scheme == "https"
    entered = fronted.client.post(
        f"/{campaign.key}/enter",
        data={"name": "Ann", "email": "ann@example.org"},
        headers={"origin": str(fronted.client.base_url).rstrip("/")},
    )
    assert entered.status_code == 303, entered.text
    cookie = entered.headers["set-cookie"].lower()
    assert cookie.startswith(f"__secure-trk_{campaign.key}=".lower())
    assert "; secure" in cookie
    assert entered.headers.get_list("strict-transport-security") == ["max-age=31536000"]


def test_a_form_of_another_site_is_refused(fronted: Fronted) -> None:
    answer = fronted.client.post(
        "/admin/sign-in", data={"email": "x"}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def test_the_metrics_stay_inside(fronted: Fronted) -> None:
    asked = {"authorization": f"Bearer {'m' * 32}"}
    for path in ("/metrics", "/metrics?x=1", "/%6Detrics", "/./metrics"):
        assert fronted.client.get(path, headers=asked).status_code == 404
    inside = httpx.get(
        f"http://127.0.0.1:{fronted.backend.port}/metrics", headers=asked, trust_env=False
    )
    assert (inside.status_code, "trk_beacons_total" in inside.text) == (200, True)


def test_a_request_s_id_is_in_the_answer_and_in_the_log(fronted: Fronted) -> None:
    since = fronted.backend.log_size()
    answer = fronted.client.get("/api", headers=FORGED)
    made = answer.headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f-]{32,36}", made)
    fronted.client.get("/api")  # answered once the line of the one before is written
    lines = [json.loads(line) for line in fronted.backend.log(since).splitlines()]
    assert made in [line["request_id"] for line in lines if line.get("route") == "/api"]


def test_http_leads_on_to_https(fronted: Fronted) -> None:
    answer = httpx.get(f"http://localhost:{fronted.ports.http}/y2sB7?visitor=1", trust_env=False)
    assert answer.status_code in (301, 308)
    assert re.fullmatch(r"https://localhost(:\d+)?/y2sB7\?visitor=1", answer.headers["location"])


def test_the_proxy_speaks_http_2(fronted: Fronted) -> None:
    context = trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", fronted.ports.https)) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as spoken,
    ):
        assert spoken.selected_alpn_protocol() == "h2"


def test_the_doctor_finds_nothing_wrong_with_the_proxy(fronted: Fronted) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trk", "doctor", "--json"],
        env={
            **os.environ,
            **fronted.environment,
            "TRK_DATABASE": fronted.backend.database,
            "SSL_CERT_FILE": str(CERTIFICATE),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    found = {each["check"]: each for each in json.loads(done.stdout)["checks"]}
    names = ("public_url", "name", "public address", "proxy")
    assert [found[name]["status"] for name in names] == ["ok"] * 4, found


def test_the_server_keeps_a_connection_for_longer_than_proxies_do() -> None:
    assert max(60, 120) < _IDLE  # what nginx and Caddy do unless they are told something else


class _Echo(BaseHTTPRequestHandler):
    """Answers with the headers that came."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): self.headers.get_all(name) for name in self.headers})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


@pytest.mark.parametrize("program", PROXIES)
def test_the_server_is_told_the_client_s_own_address_and_none_that_it_claims(
    program: str, tmp_path: Path
) -> None:
    echo = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    with Serving(echo, "127.0.0.1"):
        ports = Ports(free_port(), free_port(), echo.server_port)
        with proxy(program, ports, tmp_path) as client:
            told = client.get("/y2sB7", headers=FORGED).json()
    assert told["x-forwarded-for"] == ["127.0.0.1"]
    assert told["x-forwarded-proto"] == ["https"]
    assert told["host"] == [f"localhost:{ports.https}"]
    [made] = told["x-request-id"]
    assert made != FORGED["X-Request-Id"]
