"""The servers of a test: a backend as a process of its own, and a customer's site."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from typing import Any


class Backend:
    """A backend on a free port with a database of its own; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with create_server(("127.0.0.1", 0)) as probe:
            self._port: int = probe.getsockname()[1]
        self.url = f"http://localhost:{self._port}"
        self._common = [
            sys.executable,
            "-m",
            "backend",
            "--database",
            f"sqlite:///{folder / 'trk.db'}",
            "--public-url",
            self.url,
        ]
        self._process: subprocess.Popen[bytes] | None = None
        made = subprocess.run(
            [*self._common, "token", "create", "e2e"], check=True, capture_output=True, text=True
        )
        self._token = made.stdout.strip()

    def start(self) -> None:
        """Start, and return when it answers."""
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._common, "serve", "--port", str(self._port)], stdout=log, stderr=log
            )
        until(self._answers, "the backend answers")

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "server.log").read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                return True
        except OSError:
            return False

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the JSON API."""
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def pairs(self, key: str) -> list[list[str | None]]:
        """What the server has stored for a campaign: [name, value], in the order of the pushes."""
        rows = self.api("GET", f"/campaigns/{key}/trackings?limit=1000")["data"]
        rows.sort(key=lambda row: (row["beacon"], row["n"]))
        return [[row["name"], row["value"]] for row in rows]

    def completed(self, key: str) -> list[str]:
        """The tracking names of the completed actions of a campaign."""
        rows = self.api("GET", f"/campaigns/{key}/completions?limit=1000")["data"]
        return [row["tracking_name"] for row in rows]


def until(true: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Return as soon as `true()` holds; fail with `what` if it does not within `seconds`."""
    turn = threading.Event()
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain until {what}"
        turn.wait(0.02)


class Site:
    """A customer's site on an origin of its own; `pages` maps a path to its HTML."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                html = pages.get(self.path.split("?")[0])
                body = (html or "").encode()
                self.send_response(200 if html is not None else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
