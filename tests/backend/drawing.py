"""What tests of the draw's proof do: campaigns that end now, a page that is taken at its word, a
server of drand's."""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from py_arkworks_bls12381 import G1Point, G2Point, Scalar
from starlette.applications import Starlette

from tests.backend.calls import mistake
from tests.backend.conftest import client_of
from tests.backend.stored import campaign_in, query, query_write
from trk.clock import now_ms
from trk.core.drand import SCHEME
from trk.services import recounting
from trk.services.draw_records import verify
from trk.store import list_copies
from trk.store.database import Database
from trk.web.server import server_of
from trk_sdk.testkit.serving import Serving

ONE = "/campaigns/y2sB7"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def drawn_in_a_hurry(
    api: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> str:
    """What is said to who draws and does not wait until all is counted: nothing is drawn."""
    with monkeypatch.context() as hurried:
        hurried.setattr(recounting, "_PATIENCE", 0)
        said = mistake(await api.post(f"{ONE}/draw"), 409, "not_drawn")
    assert await query(database, "SELECT id FROM draws UNION SELECT id FROM fixed_lists") == []
    return said


async def end_at(app: Starlette, instant: int) -> None:
    """Let the campaign end at an instant (ms)."""
    await query_write(
        server_of(app).database, f"UPDATE campaigns SET ends_at = {instant} WHERE key = 'y2sB7'"
    )


async def end_now(app: Starlette) -> None:
    """Let the campaign end now, which is after its secret was committed."""
    await end_at(app, now_ms())


async def page_of(app: Starlette) -> str:
    """The public page of the draw."""
    async with client_of(app, accept="text/html") as browser:
        answer = await browser.get("/y2sB7/draw")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def words(page: str) -> str:
    """A page as it is read: without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def file_of(app: Starlette) -> str:
    """The file that the page offers."""
    async with client_of(app) as browser:
        answer = await browser.get("/y2sB7/draw.txt")
    assert answer.status_code == 200, answer.text
    return answer.text


async def drawn(api: httpx.AsyncClient, **given: str) -> Any:
    """Draw the winners, and announce them."""
    answer = await api.post(f"{ONE}/draw", json=given)
    assert answer.status_code == 201, answer.text
    announced = await api.post(f"{ONE}/draw/announce")
    assert announced.status_code == 200, announced.text
    return announced.json()


async def run_lines(page: str, file: str, folder: Path) -> list[str]:
    """What the very lines of Python on the page print, run beside the file that it offers."""
    [lines] = re.findall(r'<code id="python">(.*?)</code>', page, re.DOTALL)
    (folder / "draw-y2sB7.txt").write_text(file, "utf-8", newline="")
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-I", "-c", html.unescape(lines)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


_SECRET = Scalar(20_261_130)
LEAGUE = (G2Point() * _SECRET).to_compressed_bytes().hex()
"""The public key of a League of the tests' own, which can sign any round."""


def signature_of(number: int) -> str:
    """Its signature of a round."""
    signed = G1Point.hash_to_curve(hashlib.sha256(number.to_bytes(8, "big")).digest(), SCHEME)
    return (signed * _SECRET).to_compressed_bytes().hex()


class _Drand(BaseHTTPRequestHandler):
    """Answers every round as drand does, signed by the tests' League."""

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, DrandServer)
        server.asked.append(self.path)
        number = int(self.path.rpartition("/")[2])
        signature = signature_of(number)
        answer = {
            "round": number,
            "randomness": hashlib.sha256(bytes.fromhex(signature)).hexdigest(),
            "signature": signature,
            **server.fields,
        }
        self.send_response(server.status)
        if server.status == 302:
            self.send_header("location", "/elsewhere")
        body = json.dumps(answer).encode() + b" " * server.padding
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


class DrandServer(ThreadingHTTPServer):
    """A server that answers as drand's do, or as it is told: with a status, other fields, or much
    more than it should."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Drand)
        self.asked: list[str] = []
        self.status, self.padding = 200, 0
        self.fields: dict[str, Any] = {}


@contextmanager
def drand_server() -> Iterator[tuple[DrandServer, str]]:
    """A server of drand's, and its address."""
    server = DrandServer()
    with Serving(server, "127.0.0.1") as served:
        yield server, served.url


def told(exported: str) -> str:
    """What `trk draw verify` says of an export."""
    return verify(exported.splitlines(keepends=True))


async def begun(database: Database, at: int) -> int:
    """A list in the making, of the campaign's draw."""
    campaign = await campaign_in(database)
    made = await database.write(list_copies.begin, campaign, "draw_entries", at)
    assert made is not None
    return made
