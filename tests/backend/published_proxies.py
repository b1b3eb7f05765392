"""The published configuration of a proxy, with other addresses, in front of a test's server."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

import trk
from tests.tools import needed

FILES = Path(trk.__file__).parent / "operating"
CERTIFICATE = Path(__file__).with_name("untrusted.pem")
"""A key and a certificate for localhost that nobody but these tests trusts."""
_SECONDS = 30.0
_PAUSE = 0.02


class Ports(NamedTuple):
    """Where a proxy listens, and the port behind it."""

    https: int
    http: int
    behind: int


def trusting() -> ssl.SSLContext:
    """What a client needs to trust the proxy."""
    return ssl.create_default_context(cafile=CERTIFICATE)


@contextmanager
def proxy(program: str, ports: Ports, folder: Path) -> Iterator[httpx.Client]:
    """The proxy `program` (nginx, caddy) at `ports`; a client that speaks to it by https."""
    command = {"nginx": _nginx, "caddy": _caddy}[program](ports, folder)
    log = folder / f"{program}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, "HOME": str(folder)}, stdout=output, stderr=output
        )
    try:
        _wait(process, ports.https, log)
        url = f"https://localhost:{ports.https}"
        with httpx.Client(base_url=url, verify=trusting(), trust_env=False, timeout=60) as client:
            yield client
    finally:
        process.terminate()
        process.wait(_SECONDS)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(_PAUSE)


def _nginx(ports: Ports, folder: Path) -> list[str]:
    text = (FILES / "nginx.conf").read_text("utf-8")
    # IPv6 may be missing where the tests run; it is the same twice.
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.M)
    text = _with_ports(text, ports).replace("track.example.org", "localhost")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{ports.http};")
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{ports.https} ")
    text = re.sub(r"(ssl_certificate(?:_key)?) [^;]+;", rf"\1 {CERTIFICATE};", text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\n"
        f"events {{}}\nhttp {{\n{temporary}{text}}}\n",
        encoding="utf-8",
    )
    return [needed("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def _caddy(ports: Ports, folder: Path) -> list[str]:
    text = _with_ports((FILES / "Caddyfile").read_text("utf-8"), ports)
    text = text.replace(
        "{$SITE:track.example.org} {", f"localhost {{\n\ttls {CERTIFICATE} {CERTIFICATE}\n"
    )
    (folder / "Caddyfile").write_text(
        f"{{\n\tadmin off\n\thttp_port {ports.http}\n\thttps_port {ports.https}\n"
        f"\tdefault_bind 127.0.0.1\n\tskip_install_trust\n}}\n{text}",
        encoding="utf-8",
    )
    return [needed("caddy"), "run", "--config", str(folder / "Caddyfile")]


def _with_ports(text: str, ports: Ports) -> str:
    """Only what the proxy is pointed at: other addresses stand in comments."""
    return re.sub(
        r"^([^#\n]*)127\.0\.0\.1:8000", rf"\g<1>127.0.0.1:{ports.behind}", text, flags=re.M
    )
