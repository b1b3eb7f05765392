"""The examples of the API's page run as they stand: in a shell, in Python and in Node, against a
real server, which does for each what the operation promises."""

from __future__ import annotations

import asyncio
import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.backend.api_story import STORY, Bench
from tests.backend.example_runs import RUN
from trk.core.access import ALL
from trk.services.tokens import make_token
from trk.store import invitations, owners
from trk.store.database import Database
from trk.web.api import OPERATIONS
from trk.web.api.examples import Call, curl, javascript, python
from trk_sdk.testkit.process import Backend

AWKWARD = {
    "quotes": 'it\'s "quoted" $x `y` \\ €\n',
    "values": [True, False, None, 1.5, {"long": ["word " * 20] * 3}],
    "empty": {},
    "none": [],
}


@pytest.fixture(autouse=True)
def _past_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


async def prepared(url: str) -> str:
    """A token that may do everything and is not the first; two owners and an invitation."""
    database = Database(url)
    await database.open()
    try:
        await database.write(make_token, "old")
        for n, name in enumerate(["Ann", "Bob"]):
            who = {"name": name, "email": f"{name}@example.com".lower(), "password_hash": "x"}
            await database.write(_owner, who, n == 0)
        await database.write(_invitation)
        return (await database.write(make_token, "examples", scopes=ALL)).token
    finally:
        await database.close()


async def _owner(tx: Any, who: dict[str, str], first: bool) -> None:
    await owners.add(tx, **who, first=first, session_hash=None, now=1)


async def _invitation(tx: Any) -> None:
    far = 4_000_000_000_000
    await invitations.make(tx, "owner", "5f" * 32, far, email="eve@example.com")


def shown(page: str, language: str) -> dict[str, str]:
    """The examples on the page in this language, by their operations."""
    found = {}
    for name, article in re.findall(r'<article class="card" id="(\w+)"(.*?)</article>', page, re.S):
        example = rf'data-example="{language}".*?<code>(.*?)</code>'
        [code, *_] = re.findall(example, article, re.S)
        found[name] = html.unescape(code)
    return found


def test_the_story_has_every_operation_once() -> None:
    told = [name for _, names in STORY for name in names]
    assert sorted(told) == sorted(each.name for each in OPERATIONS)


@pytest.mark.parametrize(
    ("language", "made"), [("curl", curl), ("python", python), ("javascript", javascript)]
)
def test_whatever_a_body_holds_arrives_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, made: Callable[[Call], str]
) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    with recording() as (url, received):
        for body in (AWKWARD, 'it\'s\n$HOME `x` "€" \\n', None):
            call = Call("PUT", f"{url}/a%20b?c=it's&d=$e", token=True, body=body)
            assert RUN[language]([made(call)], tmp_path)[0].startswith("200 ")
            [(line, headers, content)] = received
            received.clear()
            assert line.startswith("PUT /a%20b?c=it")
            assert line.endswith("s&d=$e HTTP/1.1")
            assert headers["authorization"] == "Bearer s3cret"
            assert (headers["content-type"] if body is not None else None) == (call.media or None)
            if isinstance(body, str):
                assert content.decode() == body.strip()
            elif body is not None:
                assert json.loads(content) == body


@contextmanager
def recording() -> Iterator[tuple[str, list[tuple[str, Message, bytes]]]]:
    """A server that notes what arrives: the line, the headers, the body."""
    received: list[tuple[str, Message, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            received.append((self.requestline, self.headers, content))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.send_header("connection", "close")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.once
@pytest.mark.parametrize("language", list(RUN))
def test_every_example_does_on_a_real_server_what_it_is_for(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    backend = Backend(tmp_path / "trk", sqlite_url)
    backend.start()
    token = asyncio.run(prepared(sqlite_url))
    monkeypatch.setenv("TOKEN", token)
    statuses = {each.name: each.status for each in OPERATIONS}
    wrong = []
    try:
        with Bench(backend.url, token) as bench:
            codes = shown(httpx.get(f"{backend.url}/api", trust_env=False).text, language)
            for work, names in STORY:
                work(bench)
                said = RUN[language]([codes[name] for name in names], tmp_path)
                wrong += [
                    f"{name}: {answer}"
                    for name, answer in zip(names, said, strict=True)
                    if not answer.startswith(f"{statuses[name]} ")
                ]
    finally:
        backend.close()
    assert wrong == []
